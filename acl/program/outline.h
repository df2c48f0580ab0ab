// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/packet_view.h"

namespace sluice::acl {

/// A rule as far as a classifier sees it: never narrower than the rule itself, so that a packet for which the
/// rule holds always matches its outline. What does not fit (negations, odd masks, several interfaces) is
/// left open.
///
/// It may ask only what depends on the connection. Were a packet's header in it, a rule that fails on that
/// header would never be asked and leave no guard, and a remembered path would hold for packets it must not.
template <net::Family F>
struct Outline {
    struct Ports {
        std::uint16_t min = 0;
        std::uint16_t max = 0xffff;
        [[nodiscard]] bool is_any() const noexcept { return min == 0 && max == 0xffff; }
        bool operator==(const Ports&) const = default;
    };

    typename F::Address source{};
    typename F::Address destination{};
    std::uint8_t source_length = 0;  ///< of the prefix; 0: any
    std::uint8_t destination_length = 0;
    std::uint8_t protocol = 0;  ///< 0: any
    Ports source_ports;
    Ports destination_ports;
    std::uint16_t in = 0;  ///< meaningful where has_in
    std::uint16_t out = 0;
    bool has_in = false;
    bool has_out = false;
    bool never = false;  ///< can hold for no packet
    bool settled =
        false;  ///< after it nobody asks: who matches it leaves the chain, or its successors are listed

    /// Open to nearly every packet: no address, port or interface.
    [[nodiscard]] bool is_wide() const noexcept {
        return source_length == 0 && destination_length == 0 && source_ports.is_any() &&
               destination_ports.is_any() && !has_in && !has_out;
    }
};

/// What a packet is to a classifier, in wire order: rte_acl reads it byte by byte.
template <net::Family F>
struct Key {
    std::uint8_t protocol = 0;
    std::uint8_t reserved[3] = {};
    typename F::Address source;
    typename F::Address destination;
    net::Be16 source_port;
    net::Be16 destination_port;
    net::Be16 in;
    net::Be16 out;
};
static_assert(sizeof(Key<net::Ipv4>) == 20);
static_assert(sizeof(Key<net::Ipv6>) == 44);

template <net::Family F>
[[nodiscard]] inline Key<F> key_of(const PacketView<F>& packet) noexcept {
    return {packet.protocol,
            {},
            packet.source,
            packet.destination,
            packet.source_port,
            packet.destination_port,
            net::Be16::from_host(static_cast<std::uint16_t>(packet.in)),
            net::Be16::from_host(static_cast<std::uint16_t>(packet.out))};
}

}  // namespace sluice::acl
