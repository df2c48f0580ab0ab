// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstring>

#include "acl/targets/effect.h"
#include "acl/targets/tcpmss.h"
#include "acl/targets/rewrite.h"

namespace sluice::acl {

/// As tcpmss_mangle_packet: an offer is never raised. A SYN without the option gets one of at most 536 (RFC 879), where
/// no data follows its header and there is room; then the packet is four bytes longer.
/// See: xt_TCPMSS.c.
template <>
struct Effect<TcpmssTarget> {
    static constexpr Touches touches = Touches::bytes;

    template <net::Family F>
    static Applied apply(const TcpmssTarget& target, Subject<F>& subject) noexcept {
        const TcpBytes tcp = tcp_of(subject);
        if (!tcp) {
            return tcp.is_cut ? Applied::drop : rehearsed(subject);
        }
        if (!tcp.is_whole()) {
            return Applied::drop;
        }
        const std::uint32_t mss = target.clamp_to_pmtu ? path_mss(subject.view) : target.mss;
        if (mss == 0 && target.clamp_to_pmtu) {
            return Applied::drop;  // the path cannot carry a segment
        }
        const std::size_t end = tcp.header->header_bytes();
        for (std::size_t at = sizeof(net::TcpHeader); at + kOptionBytes <= end; at += option_bytes(tcp, at, end)) {
            if (tcp.at(at) == kOption && tcp.at(at + 1) == kOptionBytes) {
                const std::uint32_t offered = std::uint32_t{tcp.at(at + 2)} << 8U | tcp.at(at + 3);
                if (offered > mss) {
                    set_byte(tcp, at + 2, static_cast<std::uint8_t>(mss >> 8U));
                    set_byte(tcp, at + 3, static_cast<std::uint8_t>(mss));
                }
                return Applied::done;
            }
        }
        return add_option(subject, tcp, std::min(mss, kDefault));
    }

private:
    static constexpr std::uint8_t kOption = 2;
    static constexpr std::uint8_t kOptionBytes = 4;
    static constexpr std::uint32_t kDefault = 536;
    static constexpr std::size_t kOffsetAt = 12;
    static constexpr std::uint8_t kOneWord = 0x10;
    static constexpr std::size_t kLongestHeader = 60;
    static constexpr std::uint32_t kHeaders = sizeof(net::Ipv4Header) + sizeof(net::TcpHeader);

    /// Without bytes a rehearsal cannot tell what would be done: SYNs of a connection that is known are few.
    template <net::Family F>
    static Applied rehearsed(const Subject<F>& subject) noexcept {
        return subject.is_rehearsal && subject.bytes.empty() ? Applied::long_way : Applied::done;
    }

    /// What both ways carry; 0: nothing.
    template <net::Family F>
    static std::uint32_t path_mss(const PacketView<F>& view) noexcept {
        const std::uint32_t mtu = std::min(view.out_mtu, mtu_to(view.path_mtu, view.source));
        return mtu <= kHeaders ? 0 : mtu - kHeaders;
    }

    template <net::Family F>
    static Applied add_option(Subject<F>& subject, const TcpBytes& tcp, std::uint32_t mss) noexcept {
        const std::size_t header = tcp.header->header_bytes();
        if (subject.view.bytes > subject.bytes.size() - tcp.bytes.size() + header || header >= kLongestHeader) {
            return Applied::done;
        }
        return subject.is_rehearsal || subject.grow == nullptr ? Applied::long_way : grown(subject, subject.bytes.size() - tcp.bytes.size(), mss);
    }

    /// The option stands first, where the kernel puts it.
    template <net::Family F>
    static Applied grown(Subject<F>& subject, std::size_t tcp_at, std::uint32_t mss) noexcept {
        if (!subject.grow(subject, kOptionBytes)) {
            return Applied::drop;
        }
        const TcpBytes tcp = {.header = reinterpret_cast<net::TcpHeader*>(subject.bytes.data() + tcp_at),
                              .bytes = subject.bytes.subspan(tcp_at),
                              .is_cut = false};
        const std::size_t old_bytes = tcp.bytes.size() - kOptionBytes;
        std::byte* const options = tcp.bytes.data() + sizeof(net::TcpHeader);
        std::memmove(options + kOptionBytes, options, old_bytes - sizeof(net::TcpHeader));
        options[0] = std::byte{kOption};
        options[1] = std::byte{kOptionBytes};
        options[2] = static_cast<std::byte>(mss >> 8U);
        options[3] = static_cast<std::byte>(mss);
        tcp.header->checksum = net::ChecksumDelta()
                                   .replace(net::Be16::from_host(static_cast<std::uint16_t>(old_bytes)),
                                            net::Be16::from_host(static_cast<std::uint16_t>(tcp.bytes.size())))
                                   .replace(net::Be16::from_host(0), tcp.word(10))
                                   .replace(net::Be16::from_host(0), tcp.word(11))
                                   .applied_to(tcp.header->checksum);
        set_byte(tcp, kOffsetAt, static_cast<std::uint8_t>(tcp.at(kOffsetAt) + kOneWord));
        return Applied::done;
    }
};

}  // namespace sluice::acl
