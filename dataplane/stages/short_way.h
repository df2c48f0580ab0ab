// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string_view>

#include "acl/matches/l4_header.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/pipeline/facts.h"
#include "dataplane/pipeline/hop_reference.h"
#include "dataplane/stages/rehearse.h"
#include "dataplane/stages/route.h"
#include "dataplane/stages/send.h"
#include "dataplane/stages/view.h"
#include "nat/dress.h"

namespace sluice::stages {

/// Sends packets of connections that have gone the long way before on their remembered path; the others get a slot
/// to gather what they meet, and go on into the rules.
///
/// The path holds the outcome of all hooks; the connection's record of this direction holds the path, the
/// adjacency and the translation. What depends on nothing but the packet's size, TTL and options is looked at
/// here: whatever is not plain goes the long way, where those things are dealt with.
///
/// Order within a flow is kept: once a packet of a connection goes the long way, those behind it in the burst do
/// too (a bit by the connection's number; a foreign connection with the same bit loses only time).
///
/// In: Track's fields.  Out: Walk for those that stay.  Drops: what the path says.
/// Cost: the direction's line, the path's line, the adjacency's line.
template <net::Family F>
class ShortWay {
public:
    static constexpr std::string_view kName = "short_way";
    static constexpr pipeline::Facts kNeeds = pipeline::kParsed | pipeline::kWhole | pipeline::kTracked;
    static constexpr pipeline::Facts kAdds = pipeline::kLongWay;

    void process(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        std::uint64_t long_connections = 0;
        packet::Batch<F> stay;
        for (packet::Packet<F> packet : batch) {
            packet::PacketInfo<F>& info = packet.info();
            const std::uint8_t order =
                info.connection == nullptr ? info.order
                                           : packet::order_of(context.connections.index(*info.connection));
            const std::uint64_t bit = order == 0 ? 0 : 1ULL << (order - 1U);
            memo_.clear();
            if (context.short_way && (long_connections & bit) == 0 && took(packet, context)) {
                continue;
            }
            long_connections |= bit;
            info.walk = context.walks.take();
            if (!memo_.is_empty()) {
                info.walk->memo = memo_;
                info.walk->memo.rewind();
            }
            fill_walk(*info.walk, packet, context);
            context.stats.long_way.add(1);
            stay.push(packet);
        }
        batch = stay;
    }

private:
    /// True where the packet has left: sent, or dropped as its path says. Else memo_ has what it was asked.
    bool took(packet::Packet<F> packet, pipeline::Context<F>& context) noexcept {
        packet::PacketInfo<F>& info = packet.info();
        if (info.connection == nullptr || info.opens_connection || !is_plain(packet)) {
            return false;
        }
        conntrack::Direction<F>& direction = (*info.connection)[info.way];
        const pipeline::PathReference reference(direction.path.load(std::memory_order_relaxed));
        std::optional<Rehearsal<F>> rehearsal;  // most packets need none
        pipeline::Path* const path =
            context.rules->find(reference, info.state, info.in, [&](const pipeline::Path& candidate) {
                if (!rehearsal) {
                    rehearsal.emplace(packet, memo_, context);
                }
                return rehearsal->holds(candidate);
            });
        return path != nullptr && travels(packet, *path, direction, rehearsal, context);
    }

    static bool travels(packet::Packet<F> packet, pipeline::Path& path, conntrack::Direction<F>& direction,
                        std::optional<Rehearsal<F>>& rehearsal, pipeline::Context<F>& context) noexcept {
        const packet::PacketInfo<F>& info = packet.info();
        if (path.verdict != packet::Verdict::accept) {
            if (packet::answer_of(path.verdict).kind != packet::Answer::Kind::none) {
                return false;  // its answer quotes the packet as the hook saw it
            }
            count(path, info, context);
            if (path.step_count != 0) {
                rehearsal->perform(path);
            }
            context.exits.leave(packet, path.verdict);
            return true;
        }
        const base::AdjacencyId adjacency = way_out(packet, direction, path, context);
        if (adjacency == base::kNoAdjacency || !fits(packet, path.out, context)) {
            return false;
        }
        count(path, info, context);
        if (path.step_count != 0) {
            rehearsal->perform(path);
        } else {
            nat::dress<F>(packet.bytes(), info.l4_offset, direction.leaves, nat::kBothEnds);
            lower_ttl(packet.ip());
        }
        context.connections.tell(context.worker, *info.connection, context.now);
        emit(packet, adjacency, path.out, context);
        return true;
    }

    /// Nothing about the packet itself asks for the long way.
    static bool is_plain(packet::Packet<F> packet) noexcept {
        const packet::PacketInfo<F>& info = packet.info();
        return info.has_l4 && !info.has_options && !info.group_frame && !info.is_icmp_error &&
               !info.is_traced &&
               info.largest_fragment == 0 && packet.ip().ttl > 1 && rules_can_read(packet);
    }

    /// A match drops a packet whose AH, ESP or IPComp header is cut, even one that the remembered path never asked;
    /// headers of other protocols are looked at on arrival.
    static bool rules_can_read(packet::Packet<F> packet) noexcept {
        const std::size_t wanted = acl::spi_header_bytes(packet.info().tuple.protocol);
        return wanted == 0 || packet.l4().size() >= wanted;
    }

    /// The adjacency to send to, if it is resolved and lies on the path's interface.
    static base::AdjacencyId way_out(packet::Packet<F> packet, conntrack::Direction<F>& direction,
                                     const pipeline::Path& path, pipeline::Context<F>& context) noexcept {
        const packet::PacketInfo<F>& info = packet.info();
        const pipeline::Snapshot<F>& snapshot = *context.snapshot;
        pipeline::HopReference hop(direction.hop.load(std::memory_order_relaxed));
        if (!hop.is_of(snapshot.route_generation)) {
            if (snapshot.interface(info.in).rp_filter != 0) {
                return base::kNoAdjacency;  // the way back must be looked up again, too
            }
            const RoutedHop<F> routed =
                route_again<F>(context, packet.ip().source, direction.leaves.destination, info.in);
            if (routed.out != path.out || routed.adjacency == base::kNoAdjacency) {
                return base::kNoAdjacency;
            }
            hop = pipeline::HopReference(routed.adjacency, snapshot.route_generation);
            direction.hop.store(hop.word(), std::memory_order_relaxed);
        }
        const route::Adjacency& adjacency = context.adjacencies.at(hop.adjacency());
        const bool resolved =
            (adjacency.link.load(std::memory_order_relaxed) & route::Adjacency::kResolved) != 0;
        return resolved && adjacency.interface == path.out ? hop.adjacency() : base::kNoAdjacency;
    }

    static bool fits(packet::Packet<F> packet, base::InterfaceId out, pipeline::Context<F>& context) noexcept {
        const pipeline::Interface& interface = context.snapshot->interface(out);
        const bool may_redirect = packet.info().in == out && interface.send_redirects;
        return packet.info().ip_bytes <= interface.mtu && !may_redirect;
    }

    static void count(pipeline::Path& path, const packet::PacketInfo<F>& info,
                      pipeline::Context<F>& context) noexcept {
        path.met.add(info.ip_bytes);
        context.stats.short_way.add(1);
    }

    acl::Memo memo_;  ///< what the packet at hand has been asked
};

}  // namespace sluice::stages
