// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/l4_header.h"
#include "acl/matches/match_eval.h"
#include "acl/matches/spi.h"

namespace sluice::acl {

namespace detail {

/// A header that is cut drops the packet (ipt_ah.c, xt_esp.c, xt_ipcomp.c).
template <net::Family F>
[[nodiscard]] inline Answer ask_spi(const SpiRange& range, const PacketView<F>& packet, std::size_t offset,
                                    std::size_t header_bytes, std::uint32_t mask = 0xffffffff) noexcept {
    const std::span<const std::byte> header = l4_of(packet);
    if (fragment_offset(packet) != 0 || header.size() < header_bytes) {
        return without_l4(packet);
    }
    const std::uint32_t spi = word_at(header, offset) & mask;
    return answer_of((spi >= range.min && spi <= range.max) != range.inverted);
}

}  // namespace detail

/// An SPI is in no tuple, so one connection may carry several: a guard.
template <>
struct Evaluate<AhMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = net::kProtocolAh;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const AhMatch& match, const PacketView<F>& packet) noexcept {
        return detail::ask_spi(match.spi, packet, 4, kAhHeaderBytes);
    }
};

template <>
struct Evaluate<EspMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = net::kProtocolEsp;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const EspMatch& match, const PacketView<F>& packet) noexcept {
        return detail::ask_spi(match.spi, packet, 0, kEspHeaderBytes);
    }
};

/// In the second half of the header's one word (xt_ipcomp.c).
template <>
struct Evaluate<IpcompMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = net::kProtocolIpcomp;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const IpcompMatch& match, const PacketView<F>& packet) noexcept {
        constexpr std::uint32_t kLowHalf = 0xffff;
        return detail::ask_spi(match.spi, packet, 0, kIpcompHeaderBytes, kLowHalf);
    }
};

}  // namespace sluice::acl
