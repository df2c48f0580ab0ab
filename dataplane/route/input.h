// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>

#include "dataplane/packet/verdict.h"
#include "dataplane/route/fib.h"

/// What routing says about a packet that came in by an interface: Linux's ip_route_input, as a pure function.
///
/// In the kernel's order, which decides what the sender hears: first the addresses that no packet may bear,
/// then the destination's route, then the source (fib_validate_source: own addresses are never a source; with
/// rp_filter the way back must lead through the interface the packet came by). A destination without route is
/// answered with "net unreachable" whatever the source. 0.0.0.0 alone is forbidden; the rest of 0/8, and
/// 240/4, are routed.
namespace sluice::route {

/// The interface by which a packet came in, as far as routing goes.
struct InputLink {
    base::InterfaceId id = base::kNoInterface;
    std::uint8_t rp_filter = 0;  ///< 0 off, 1 strict, 2 loose
    bool forwarding = true;
    bool send_redirects = true;
    bool has_addresses = true;
};

/// The verdict `accept` is: forward by `hop`; `to_host`: for the router itself; others are drops.
template <net::Family F>
struct InputRoute {
    packet::Verdict verdict = packet::Verdict::accept;
    const NextHop<F>* hop = nullptr;
    bool is_broadcast = false;       ///< to_host: broadcast or multicast, not to be answered
    bool source_is_on_link = false;  ///< the source is a neighbour on the incoming interface
};

/// The addresses of a packet, with the routes to both.
template <net::Family F>
struct Ends {
    const typename F::Address& source;
    const typename F::Address& destination;
    const Route<F>& to_source;
    const Route<F>& to_destination;
};

/// The drop that a destination of this type stands for; accept for those that lead somewhere.
[[nodiscard]] constexpr packet::Verdict refusal_of(RouteType type) noexcept {
    switch (type) {
        case RouteType::none:
            return packet::Verdict::no_route;
        case RouteType::blackhole:
            return packet::Verdict::route_blackhole;
        case RouteType::unreachable:
            return packet::Verdict::route_unreachable;
        case RouteType::prohibit:
            return packet::Verdict::route_prohibited;
        default:
            return packet::Verdict::accept;
    }
}

/// fib_validate_source. `out`: kNoInterface where the packet is for the router itself.
/// Out: on_link. Drops: martian_source, reverse_path.
template <net::Family F>
[[nodiscard]] packet::Verdict validated_source(const Route<F>& to_source, const InputLink& in,
                                               base::InterfaceId out, bool& on_link) noexcept {
    using packet::Verdict;
    on_link = false;
    if (in.rp_filter == 0 && (out != in.id || !in.send_redirects)) {
        return to_source.type == RouteType::local ? Verdict::martian_source : Verdict::accept;
    }
    const Verdict unless_filtered = in.rp_filter == 0 ? Verdict::accept : Verdict::reverse_path;
    if (to_source.type == RouteType::local || to_source.type == RouteType::broadcast) {
        return Verdict::martian_source;
    }
    if (to_source.type != RouteType::unicast) {
        return unless_filtered;
    }
    const auto& hops = to_source.hops;
    if (std::any_of(hops.begin(), hops.end(),
                    [&](const NextHop<F>& hop) { return hop.interface == in.id; })) {
        on_link = hops.front().is_on_link;
        return Verdict::accept;
    }
    if (!in.has_addresses) {
        return unless_filtered;
    }
    return in.rp_filter == 1 ? Verdict::reverse_path : Verdict::accept;
}

/// ip_route_input_mc: of all groups, a router without listeners has only joined 224.0.0.1 (all hosts).
template <net::Family F>
[[nodiscard]] InputRoute<F> multicast_input(const Ends<F>& ends, const InputLink& in) noexcept {
    using packet::Verdict;
    const typename F::Address& source = ends.source;
    InputRoute<F> result;
    result.is_broadcast = true;
    if (!ends.destination.is_all_hosts()) {
        result.verdict = Verdict::multicast_not_forwarded;
    } else if (source.is_multicast() || source.is_limited_broadcast() || source.is_loopback()) {
        result.verdict = Verdict::martian_source;
    } else if (!source.is_unspecified()) {
        result.verdict = validated_source(ends.to_source, in, base::kNoInterface, result.source_is_on_link);
    }
    if (result.verdict == Verdict::accept) {
        result.verdict = Verdict::to_host;
    }
    return result;
}

/// Addresses that need no route to be judged; accept where the route decides.
template <class Address>
[[nodiscard]] packet::Verdict judged_addresses(const Address& source, const Address& destination) noexcept {
    using packet::Verdict;
    if (source.is_multicast() || source.is_limited_broadcast()) {
        return Verdict::martian_source;
    }
    if (destination.is_limited_broadcast() || (source.is_unspecified() && destination.is_unspecified())) {
        return Verdict::to_host;
    }
    if (source.is_unspecified()) {
        return Verdict::martian_source;
    }
    if (destination.is_unspecified() || destination.is_loopback()) {
        return Verdict::martian_destination;
    }
    return source.is_loopback() ? Verdict::martian_source : Verdict::accept;
}

/// ip_route_input_slow. `flow`: the addresses that choose among ECMP hops, those of the quoted packet for an
/// ICMP error (fib_multipath_hash_policy 0).
template <net::Family F>
[[nodiscard]] InputRoute<F> input_route(const Fib<F>& fib, const Ends<F>& ends, const InputLink& in,
                                        const typename F::Address& flow_source,
                                        const typename F::Address& flow_destination) noexcept {
    using packet::Verdict;
    if (ends.destination.is_multicast()) {
        return multicast_input(ends, in);
    }
    InputRoute<F> result;
    result.verdict = judged_addresses(ends.source, ends.destination);
    const RouteType type = ends.to_destination.type;
    base::InterfaceId out = base::kNoInterface;
    if (result.verdict == Verdict::to_host ||
        (result.verdict == Verdict::accept && type == RouteType::broadcast)) {
        result.verdict = Verdict::to_host;
        result.is_broadcast = true;
        if (ends.source.is_unspecified()) {
            return result;
        }
    } else if (result.verdict != Verdict::accept) {
        return result;
    } else if (type == RouteType::local) {
        result.verdict = Verdict::to_host;
    } else if (!in.forwarding) {
        result.verdict = Verdict::forwarding_disabled;
        return result;
    } else if (type == RouteType::unicast) {
        result.hop = &fib.hop_for(ends.to_destination, flow_source, flow_destination);
        out = result.hop->interface;
    } else {
        result.verdict = refusal_of(type);
        return result;
    }
    const Verdict source = validated_source(ends.to_source, in, out, result.source_is_on_link);
    if (source != Verdict::accept) {
        result.verdict = source;
    }
    return result;
}

}  // namespace sluice::route
