// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "conntrack/translation.h"
#include "dataplane/net/checksum.h"
#include "dataplane/net/headers.h"
#include "nat/l4_fields.h"
#include "nat/range.h"
#include "nat/sctp_checksum.h"

/// Rewriting a packet: addresses, ports or id, and the checksums over them, by their difference (RFC 1624).
namespace sluice::nat {

/// Which ends to rewrite: bits of `End`.
using Ends = std::uint8_t;
inline constexpr Ends kSourceEnd = static_cast<Ends>(End::source);
inline constexpr Ends kDestinationEnd = static_cast<Ends>(End::destination);
inline constexpr Ends kBothEnds = kSourceEnd | kDestinationEnd;

[[nodiscard]] constexpr Ends bit(End end) noexcept {
    return static_cast<Ends>(end);
}

namespace detail {

/// The two ends of a packet, as it wears them.
struct Worn {
    net::Ipv4Address source;
    net::Ipv4Address destination;
    base::Be16 source_port;
    base::Be16 destination_port;

    bool operator==(const Worn&) const = default;
};

inline Worn worn_by(const net::Ipv4Header& ip, const L4Fields& l4) noexcept {
    return {ip.source, ip.destination, l4.source_port != nullptr ? *l4.source_port : base::Be16{},
            l4.destination_port != nullptr ? *l4.destination_port : base::Be16{}};
}

/// What `leaves` makes of it at these ends. The id of an ICMP query belongs to both.
inline Worn changed(Worn worn, const L4Fields& l4, const conntrack::Translation<net::Ipv4>& leaves,
                    Ends ends) noexcept {
    const bool is_query = l4.source_port != nullptr && l4.destination_port == nullptr;
    if ((ends & kSourceEnd) != 0) {
        worn.source = leaves.source;
    }
    if ((ends & kDestinationEnd) != 0) {
        worn.destination = leaves.destination;
    }
    if (l4.source_port != nullptr && (is_query || (ends & kSourceEnd) != 0)) {
        worn.source_port = leaves.source_port;
    }
    if (l4.destination_port != nullptr && (ends & kDestinationEnd) != 0) {
        worn.destination_port = leaves.destination_port;
    }
    return worn;
}

inline void mend_checksum(const L4Fields& l4, const net::ChecksumDelta& delta) noexcept {
    if (l4.checksum == nullptr || (l4.zero_is_none && l4.checksum->raw() == 0)) {
        return;
    }
    *l4.checksum = delta.applied_to(*l4.checksum);
    if (l4.zero_is_none && l4.checksum->raw() == 0) {
        *l4.checksum = base::Be16::from_raw(0xffff);
    }
}

}  // namespace detail

/// Dresses an IPv4 packet as `leaves` says, at one end or at both.
///
/// Both: the packet is as it arrived (its direction's tuple), and the differences prepared in `leaves` hold.
/// One: the differences are taken from the packet, which may have been dressed at the other end before; end
/// by end comes to the same as both at once. A UDP checksum of 0 stays 0, and one that comes to 0 goes as
/// ffff (NAT-9).
///
/// In: `packet` from the IP header on, headers in one piece, perhaps cut off behind them. `l4_offset`: the
/// IP header's length. Never an ICMP error (errors.h), never a fragment other than the first.
inline void dress_ipv4(std::span<std::byte> packet, std::size_t l4_offset,
                       const conntrack::Translation<net::Ipv4>& leaves, Ends ends) noexcept {
    auto& ip = *reinterpret_cast<net::Ipv4Header*>(packet.data());
    const L4Fields l4 = l4_fields(ip.protocol, packet.subspan(l4_offset));
    const detail::Worn before = detail::worn_by(ip, l4);
    const detail::Worn after = detail::changed(before, l4, leaves, ends);
    if (before == after) {
        return;
    }
    net::ChecksumDelta addresses = net::ChecksumDelta::from_folded(leaves.header_delta);
    net::ChecksumDelta whole = net::ChecksumDelta::from_folded(leaves.l4_delta);
    if (ends != kBothEnds) {
        addresses = net::ChecksumDelta();
        addresses.replace(before.source.value, after.source.value);
        addresses.replace(before.destination.value, after.destination.value);
        whole = net::ChecksumDelta();
        whole.replace(before.source_port, after.source_port);
        whole.replace(before.destination_port, after.destination_port);
        if (l4.has_pseudo_header) {
            whole.add(addresses);
        }
    }
    ip.source = after.source;
    ip.destination = after.destination;
    if (addresses.folded_sum() != 0xffffU) {  // a difference of nothing must not turn ffff into 0000
        ip.checksum = addresses.applied_to(ip.checksum);
    }
    if (l4.source_port != nullptr) {
        *l4.source_port = after.source_port;
    }
    if (l4.destination_port != nullptr) {
        *l4.destination_port = after.destination_port;
    }
    if (whole.folded_sum() != 0xffffU) {
        detail::mend_checksum(l4, whole);
    }
    if (l4.sctp != nullptr) {
        const auto source = static_cast<std::uint16_t>(before.source_port.raw() ^ after.source_port.raw());
        const auto target =
            static_cast<std::uint16_t>(before.destination_port.raw() ^ after.destination_port.raw());
        mend_sctp(l4.sctp, std::uint32_t{target} << 16U | source, ip.total_length.host() - l4_offset);
    }
}

/// The same, for code that is a template over the family.
template <net::Family F>
void dress(std::span<std::byte> packet, std::size_t l4_offset, const conntrack::Translation<F>& leaves,
           Ends ends) noexcept {
    static_assert(std::same_as<F, net::Ipv4>, "IPv6 has an issue of its own");
    dress_ipv4(packet, l4_offset, leaves, ends);
}

}  // namespace sluice::nat
