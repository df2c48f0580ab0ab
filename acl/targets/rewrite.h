// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "acl/targets/effect.h"
#include "dataplane/net/checksum.h"
#include "dataplane/net/headers.h"

/// Changing headers in the hands of a target: view and bytes together, checksums by their difference (RFC 1624).
namespace sluice::acl {

/// The IP header of a subject; nullptr in a rehearsal without bytes.
template <net::Family F>
[[nodiscard]] inline typename F::Header* ip_of(Subject<F>& subject) noexcept {
    return subject.bytes.size() < sizeof(typename F::Header)
               ? nullptr
               : reinterpret_cast<typename F::Header*>(subject.bytes.data());
}

template <net::Family F>
inline void set_ttl(Subject<F>& subject, std::uint8_t ttl) noexcept {
    subject.view.ttl = ttl;
    if (auto* const ip = ip_of(subject); ip != nullptr && ip->ttl != ttl) {
        const auto word = [&](std::uint8_t value) {
            return net::Be16::from_host(static_cast<std::uint16_t>(value << 8U));
        };
        ip->checksum = net::ChecksumDelta().replace(word(ip->ttl), word(ttl)).applied_to(ip->checksum);
        ip->ttl = ttl;
    }
}

template <net::Family F>
inline void set_tos(Subject<F>& subject, std::uint8_t tos) noexcept {
    subject.view.tos = tos;
    if (auto* const ip = ip_of(subject); ip != nullptr && ip->tos != tos) {
        ip->checksum = net::ChecksumDelta()
                           .replace(net::Be16::from_host(ip->tos), net::Be16::from_host(tos))
                           .applied_to(ip->checksum);
        ip->tos = tos;
    }
}

/// The TCP header of a subject and what follows it.
struct TcpBytes {
    net::TcpHeader* header = nullptr;  ///< nullptr: not TCP, a later fragment, or not even 20 bytes
    std::span<std::byte> bytes;        ///< from the header to the end of what is there
    bool is_cut = false;               ///< TCP, and there are not even 20 bytes

    [[nodiscard]] explicit operator bool() const noexcept { return header != nullptr; }
    /// The options are there as the header says.
    [[nodiscard]] bool is_whole() const noexcept {
        return header->header_bytes() >= sizeof(net::TcpHeader) && header->header_bytes() <= bytes.size();
    }
    /// The 16 bits number `index` of the header.
    [[nodiscard]] net::Be16& word(std::size_t index) const noexcept {
        return reinterpret_cast<net::Be16*>(bytes.data())[index];
    }
    [[nodiscard]] std::uint8_t& at(std::size_t offset) const noexcept {
        return reinterpret_cast<std::uint8_t*>(bytes.data())[offset];
    }
};

template <net::Family F>
[[nodiscard]] inline TcpBytes tcp_of(Subject<F>& subject) noexcept {
    const auto* const ip = ip_of(subject);
    if (ip == nullptr || subject.view.protocol != net::kProtocolTcp || ip->offset_bytes() != 0 ||
        subject.bytes.size() < ip->header_bytes()) {
        return {};
    }
    const std::span<std::byte> l4 = subject.bytes.subspan(ip->header_bytes());
    if (l4.size() < sizeof(net::TcpHeader)) {
        return {.header = nullptr, .bytes = {}, .is_cut = true};
    }
    auto* const header = reinterpret_cast<net::TcpHeader*>(l4.data());
    return {.header = header, .bytes = l4, .is_cut = false};
}

/// Length of the TCP option at `offset`, at least 1: no-op, end of list and zero lengths are stepped over byte by byte.
[[nodiscard]] inline std::size_t option_bytes(const TcpBytes& tcp, std::size_t offset, std::size_t end) noexcept {
    if (tcp.at(offset) <= 1 || offset + 1 >= end || tcp.at(offset + 1) == 0) {
        return 1;
    }
    return tcp.at(offset + 1);
}

/// Sets one byte of a TCP header with its checksum.
inline void set_byte(const TcpBytes& tcp, std::size_t offset, std::uint8_t value) noexcept {
    net::Be16& word = tcp.word(offset / 2);
    const net::Be16 before = word;
    tcp.at(offset) = value;
    tcp.header->checksum = net::ChecksumDelta().replace(before, word).applied_to(tcp.header->checksum);
}

}  // namespace sluice::acl
