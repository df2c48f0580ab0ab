// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "dataplane/packet/options.h"
#include "dataplane/packet/packet.h"
#include "dataplane/pipeline/snapshot.h"

/// Which of its addresses the router uses towards somebody, and what it knows about the time of day: for ICMP
/// messages and IP options.
namespace sluice::stages {

/// The source address that a packet to `peer` would get (preferred source of the route); unspecified where
/// there is no way to it.
template <net::Family F>
[[nodiscard]] typename F::Address address_towards_peer(const pipeline::Snapshot<F>& snapshot,
                                                       const typename F::Address& peer) noexcept {
    const route::Route<F>& route = snapshot.fib->look_up(peer);
    if (route.type != route::RouteType::unicast) {
        return {};
    }
    return snapshot.fib->hop_for(route, {}, peer).preferred_source;
}

/// An address of an interface for talking to `peer`: one of the peer's network, else the first
/// (inet_select_addr).
template <net::Family F>
[[nodiscard]] typename F::Address address_of_interface(const pipeline::Snapshot<F>& snapshot,
                                                       base::InterfaceId id,
                                                       const typename F::Address& peer) noexcept {
    if (id == base::kNoInterface) {
        return {};
    }
    const auto& addresses = snapshot.interface(id).addresses;
    for (const net::Ipv4Prefix& prefix : addresses) {
        if (prefix.contains(peer)) {
            return prefix.address;
        }
    }
    return addresses.empty() ? typename F::Address{} : addresses.front().address;
}

template <net::Family F>
[[nodiscard]] bool is_own_address(const pipeline::Snapshot<F>& snapshot,
                                  const typename F::Address& address) noexcept {
    return snapshot.fib->look_up(address).type == route::RouteType::local;
}

/// The address by which the sender of a packet that has just come in may call this router: the one that it
/// called, or the one of the way back (fib_compute_spec_dst).
template <net::Family F>
[[nodiscard]] typename F::Address address_for_sender(const pipeline::Snapshot<F>& snapshot,
                                                     packet::Packet<F> packet) noexcept {
    const auto& ip = packet.ip();
    if (is_own_address(snapshot, ip.destination)) {
        return ip.destination;
    }
    const typename F::Address towards = address_towards_peer(snapshot, ip.source);
    return towards.is_unspecified() ? address_of_interface(snapshot, packet.info().in, ip.source) : towards;
}

/// Milliseconds since midnight UTC (RFC 792; the kernel's inet_current_timestamp).
template <class C>
[[nodiscard]] std::uint32_t time_of_day_ms(const C& context) noexcept {
    constexpr std::uint64_t kMsPerDay = 86'400'000;
    return static_cast<std::uint32_t>(context.snapshot->utc_ns(context.now_ns) / 1'000'000 %
                                      kMsPerDay);
}

/// What IP options ask about the router; `own` as the caller needs it.
template <net::Family F, class C>
[[nodiscard]] packet::OptionSource option_source(const C& context, const typename F::Address& own) noexcept {
    const auto is_elsewhere = [](const void* self, net::Ipv4Address address) noexcept {
        const auto& snapshot = *static_cast<const pipeline::Snapshot<F>*>(self);
        const route::RouteType type = snapshot.fib->look_up(address).type;
        // What is neither local, broadcast nor multicast is a host's, route or not (inet_addr_type).
        return type != route::RouteType::local && type != route::RouteType::broadcast &&
               !address.is_multicast() && !address.is_limited_broadcast();
    };
    return {.own = own,
            .time_ms = time_of_day_ms(context),
            .is_elsewhere = is_elsewhere,
            .self = context.snapshot};
}

/// Checks and fills the options of a packet whose route has just been found; for Route (see
/// packet/options.h). Returns accept, bad_options or source_route_refused.
template <net::Family F, class C>
[[nodiscard]] packet::Verdict received_options(packet::Packet<F> packet, const C& context) noexcept {
    return packet::receive_options(packet,
                                   option_source<F>(context, address_for_sender(*context.snapshot, packet)));
}

}  // namespace sluice::stages
