// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <string_view>

#include "dataplane/pipeline/context.h"
#include "dataplane/pipeline/facts.h"
#include "dataplane/route/input.h"
#include "dataplane/stages/own_address.h"
#include "dataplane/stages/ttl.h"

namespace sluice::stages {

/// The routes to both ends of each packet of a burst, looked up together.
template <net::Family F>
class BurstRoutes {
public:
    BurstRoutes(packet::Batch<F>& batch, const route::Fib<F>& fib) noexcept {
        std::array<typename F::Address, packet::kBatchSize> sources;
        std::array<typename F::Address, packet::kBatchSize> destinations;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            sources[i] = batch[i].ip().source;
            destinations[i] = batch[i].ip().destination;
        }
        fib.look_up({sources.data(), batch.size()}, to_source_);
        fib.look_up({destinations.data(), batch.size()}, to_destination_);
    }
    [[nodiscard]] const route::Route<F>& to_source(std::size_t i) const noexcept { return *to_source_[i]; }
    [[nodiscard]] const route::Route<F>& to_destination(std::size_t i) const noexcept {
        return *to_destination_[i];
    }

private:
    std::array<const route::Route<F>*, packet::kBatchSize> to_source_;
    std::array<const route::Route<F>*, packet::kBatchSize> to_destination_;
};
static_assert(packet::kBatchSize <= route::Fib<net::Ipv4>::kMaxBulk);

/// What routing needs to know of an interface that a packet came in by.
[[nodiscard]] inline route::InputLink input_link(const pipeline::Interface& interface) noexcept {
    return {interface.id, interface.rp_filter, interface.forwarding, interface.send_redirects,
            !interface.addresses.empty()};
}

/// The addresses that choose among ECMP hops: those of the quoted packet for an ICMP error, so that errors
/// take the way of the flow they are about.
template <net::Family F>
[[nodiscard]] const typename F::Header& flow_header(packet::Packet<F> packet) noexcept {
    constexpr std::size_t kErrorHeaderBytes = sizeof(net::IcmpHeader);
    if (packet.info().is_icmp_error && packet.info().has_l4 &&
        packet.l4().size() >= kErrorHeaderBytes + sizeof(typename F::Header)) {
        return *reinterpret_cast<const typename F::Header*>(packet.l4().data() + kErrorHeaderBytes);
    }
    return packet.ip();
}

/// Writes the way out into a packet's info.
template <net::Family F>
void set_way_out(packet::Packet<F> packet, const route::NextHop<F>& hop,
                 pipeline::Context<F>& context) noexcept {
    packet::PacketInfo<F>& info = packet.info();
    info.out = hop.interface;
    info.next_hop = hop.is_on_link ? packet.ip().destination : hop.gateway;
    info.mtu = context.snapshot->interface(hop.interface).mtu;
    info.adjacency = context.adjacencies.find(info.out, info.next_hop);
}

/// Finds where packets go, by the destination that they have after DNAT: forward, to the host, or nowhere
/// (route/input.h has the rules). Then looks at IP options, as ip_rcv_finish does.
///
/// In: IP header.  Out: out, next_hop, mtu, adjacency, source_is_on_link, is_broadcast_destination; options.
/// Drops: martian_*, reverse_path, forwarding_disabled, no_route, route_*, multicast_not_forwarded,
/// bad_options, source_route_refused. Cost: two bulk lookups a burst, the route's lines, one hash lookup a
/// packet.
template <net::Family F>
class Route {
public:
    static constexpr std::string_view kName = "route";
    static constexpr pipeline::Facts kNeeds =
        pipeline::kParsed | pipeline::kWhole | pipeline::kTracked | pipeline::kLongWay;
    static constexpr pipeline::Facts kAdds = pipeline::kRouted;

    void process(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        const BurstRoutes<F> routes(batch, *context.snapshot->fib);
        std::size_t i = 0;
        batch.sift(context.exits, [&](packet::Packet<F> packet) {
            const std::size_t at = i++;
            return routed(packet, routes.to_source(at), routes.to_destination(at), context);
        });
    }

private:
    static packet::Verdict routed(packet::Packet<F> packet, const route::Route<F>& to_source,
                                  const route::Route<F>& to_destination,
                                  pipeline::Context<F>& context) noexcept {
        packet::PacketInfo<F>& info = packet.info();
        const route::Ends<F> ends{packet.ip().source, packet.ip().destination, to_source, to_destination};
        const typename F::Header& flow = flow_header(packet);
        const route::InputRoute<F> way =
            route::input_route(*context.snapshot->fib, ends, input_link(context.snapshot->interface(info.in)),
                               flow.source, flow.destination);
        info.is_broadcast_destination = way.is_broadcast;
        info.source_is_on_link = way.source_is_on_link;
        if (info.has_options) [[unlikely]] {
            // As ip_rcv_options: once the route is known, be it to an error that is answered.
            const bool goes_on = way.verdict == packet::Verdict::accept ||
                                 way.verdict == packet::Verdict::to_host ||
                                 packet::answer_of(way.verdict).kind != packet::Answer::Kind::none;
            if (goes_on) {
                const packet::Verdict options = received_options(packet, context);
                if (options != packet::Verdict::accept) {
                    return options;
                }
            }
        }
        if (way.verdict == packet::Verdict::accept) {
            set_way_out(packet, *way.hop, context);
        }
        return way.verdict;
    }
};

/// The way of the router's own packets, looked up after OUTPUT.
///
/// There is no source to doubt. A packet to the router itself, to a group or to a broadcast address has
/// nowhere to go here and is dropped: nothing in the router asks for one.
///
/// Out: out, next_hop, mtu, adjacency.  Drops: no_route, route_* (nobody is told), local_ignored.
/// Before OUTPUT (`kFirst`) nothing is dropped: nat in OUTPUT may give the packet another destination.
template <net::Family F, bool kFirst = false>
class RouteLocal {
public:
    static constexpr std::string_view kName = "route_local";
    static constexpr pipeline::Facts kNeeds = pipeline::kParsed | pipeline::kWhole;
    static constexpr pipeline::Facts kAdds = pipeline::kRouted;

    void process(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        const BurstRoutes<F> routes(batch, *context.snapshot->fib);
        std::size_t i = 0;
        batch.sift(context.exits, [&](packet::Packet<F> packet) {
            const packet::Verdict verdict = routed(packet, routes.to_destination(i++), context);
            return kFirst ? packet::Verdict::accept : verdict;
        });
    }

private:
    static packet::Verdict routed(packet::Packet<F> packet, const route::Route<F>& to_destination,
                                  pipeline::Context<F>& context) noexcept {
        const typename F::Address& destination = packet.ip().destination;
        if (destination.is_unspecified() || destination.is_loopback() || destination.is_multicast() ||
            destination.is_limited_broadcast()) {
            return packet::Verdict::local_ignored;
        }
        if (to_destination.type != route::RouteType::unicast) {
            const packet::Verdict refusal = route::refusal_of(to_destination.type);
            return refusal == packet::Verdict::accept ? packet::Verdict::local_ignored : refusal;
        }
        const route::Fib<F>& fib = *context.snapshot->fib;
        set_way_out(packet, fib.hop_for(to_destination, packet.ip().source, destination), context);
        return packet::Verdict::accept;
    }
};

/// Where a remembered connection goes after routes have changed.
template <net::Family F>
struct RoutedHop {
    base::InterfaceId out = base::kNoInterface;
    base::AdjacencyId adjacency = base::kNoAdjacency;
    typename F::Address next_hop{};
};

/// Looks one flow up again; for the short way, when only the routes have changed since the connection went
/// the long way. What is not a plain "forward by this hop" gives kNoInterface: the long way judges it.
/// `source`: as the packet came in (it chooses among ECMP hops). The source is not validated.
template <net::Family F>
[[nodiscard]] RoutedHop<F> route_again(pipeline::Context<F>& context, const typename F::Address& source,
                                       const typename F::Address& destination,
                                       base::InterfaceId in) noexcept {
    RoutedHop<F> result;
    const route::Fib<F>& fib = *context.snapshot->fib;
    const route::Route<F>& found = fib.look_up(destination);
    if (found.type != route::RouteType::unicast || in == base::kNoInterface ||
        !context.snapshot->interface(in).forwarding ||
        route::judged_addresses(source, destination) != packet::Verdict::accept ||
        destination.is_multicast()) {
        return result;
    }
    const route::NextHop<F>& hop = fib.hop_for(found, source, destination);
    result.out = hop.interface;
    result.next_hop = hop.is_on_link ? destination : hop.gateway;
    result.adjacency = context.adjacencies.find(result.out, result.next_hop);
    return result;
}

}  // namespace sluice::stages
