// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <cstring>

#include "dataplane/net/checksum.h"
#include "dataplane/net/tuple.h"

namespace sluice::conntrack {

/// What the packets of one direction wear when they leave, and what that does to their checksums.
///
/// Shape: 16 bytes for IPv4. For ICMP queries `source_port` is the id and `destination_port` means nothing.
template <net::Family F>
struct Translation {
    typename F::Address source;
    typename F::Address destination;
    base::Be16 source_port;
    base::Be16 destination_port;
    std::uint16_t header_delta = 0;  ///< folded ChecksumDelta for the IPv4 header checksum
    std::uint16_t l4_delta = 0;      ///< folded ChecksumDelta for the L4 checksum, pseudo header included
};
static_assert(sizeof(Translation<net::Ipv4>) == 16);

/// The checksum difference of one address for another.
template <net::Family F>
[[nodiscard]] inline net::ChecksumDelta address_delta(const typename F::Address& before,
                                                      const typename F::Address& after) noexcept {
    net::ChecksumDelta delta;
    for (std::size_t i = 0; i < sizeof(before); i += 4) {
        std::uint32_t old_word = 0;
        std::uint32_t new_word = 0;
        std::memcpy(&old_word, reinterpret_cast<const char*>(&before) + i, 4);
        std::memcpy(&new_word, reinterpret_cast<const char*>(&after) + i, 4);
        delta.replace(base::Be32::from_raw(old_word), base::Be32::from_raw(new_word));
    }
    return delta;
}

/// The translation of packets that arrive as `arrives` when the other direction arrives as `other`.
///
/// They leave as the inverse of the other direction: that is all that NAT is (nf_nat_manip_pkt).
template <net::Family F>
[[nodiscard]] inline Translation<F> translation_between(const net::Tuple<F>& arrives,
                                                        const net::Tuple<F>& other) noexcept {
    const net::Tuple<F> leaves = net::reply_of(other);
    Translation<F> result;
    result.source = leaves.source;
    result.destination = leaves.destination;
    result.source_port = leaves.source_port;
    result.destination_port = leaves.destination_port;

    net::ChecksumDelta addresses = address_delta<F>(arrives.source, leaves.source);
    addresses.add(address_delta<F>(arrives.destination, leaves.destination));
    result.header_delta = addresses.folded_sum();

    net::ChecksumDelta l4;
    l4.replace(arrives.source_port, leaves.source_port);
    const bool icmp = arrives.protocol == F::kIcmpProtocol;
    if (!icmp) {
        l4.replace(arrives.destination_port, leaves.destination_port);
    }
    if (!icmp || std::same_as<F, net::Ipv6>) {  // ICMP for IPv4 has no pseudo header
        l4.add(addresses);
    }
    result.l4_delta = l4.folded_sum();
    return result;
}

}  // namespace sluice::conntrack
