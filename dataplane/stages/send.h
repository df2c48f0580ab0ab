// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "dataplane/packet/fragment.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/pipeline/facts.h"
#include "dataplane/route/link_layer.h"
#include "dataplane/stages/ttl.h"

namespace sluice::stages {

/// Gives an IP packet in one segment its Ethernet header and puts it into the outbox.
/// In: the mbuf's data begins at the IP header; `link` is resolved. Cost: the interface's line, the frame's
/// first.
template <net::Family F>
void put_on_wire(rte_mbuf* mbuf, std::uint64_t link, const pipeline::Interface& interface,
                 pipeline::Context<F>& context) noexcept {
    context.stats.interfaces[base::index_of(interface.id)].sent.add(mbuf->pkt_len);
    route::prepend_ethernet(mbuf, route::Adjacency::mac_of(link), interface.mac, interface.vlan,
                            F::kEtherType);
    context.outbox.send(interface.device, mbuf);
}

/// Sends a packet of a remembered connection: ready in all but the Ethernet header, in one segment, no larger
/// than the interface's MTU, to an adjacency that has been seen resolved. Looks nothing up.
///
/// Where packets to the neighbour wait, it joins them instead of overtaking.
template <net::Family F>
void emit(packet::Packet<F> packet, base::AdjacencyId to, base::InterfaceId out,
          pipeline::Context<F>& context) noexcept {
    route::Adjacency& adjacency = context.adjacencies.at(to);
    const std::uint64_t link = adjacency.read();
    if (!context.hold.empty() || (link & route::Adjacency::kResolved) == 0) [[unlikely]] {
        const auto next_hop = adjacency.address<typename F::Address>();
        if ((link & route::Adjacency::kResolved) == 0 || context.hold.waits_for(out, next_hop)) {
            packet.info().out = out;
            packet.info().next_hop = next_hop;
            context.hold.add(packet, context.now_ns, context.adjacencies, context.exits);
            return;
        }
    }
    adjacency.stamp(context.now_ns);
    put_on_wire(packet.mbuf(), link, context.snapshot->interface(out), context);
}

/// Brings packets on the wire: neighbour, size, Ethernet header.
///
/// A packet whose neighbour has no MAC yet goes to Hold and comes back from there. What is larger than the
/// MTU leaves in fragments; a rebuilt datagram in pieces no larger than those it came in (ip_do_fragment).
/// What is in several segments is copied into one: not every device takes chains.
///
/// In: out, next_hop, adjacency (looked up again where there was none).  Takes all packets.
/// Drops: fragmentation_needed (its own packets that must not be fragmented), no_packet_memory, neighbor_*.
/// Cost: the adjacency's and the interface's line.
template <net::Family F>
class Send {
public:
    static constexpr std::string_view kName = "send";
    static constexpr pipeline::Facts kNeeds = pipeline::kDressed;
    static constexpr pipeline::Facts kAdds = 0;

    void process(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        for (packet::Packet<F> packet : batch) {
            send(packet, context);
        }
        batch.clear();
    }

private:
    void send(packet::Packet<F> packet, pipeline::Context<F>& context) noexcept {
        packet::PacketInfo<F>& info = packet.info();
        const bool comes_from_hold = info.verdict == packet::Verdict::held;
        info.verdict = packet::Verdict::accept;
        if (info.adjacency == base::kNoAdjacency) {
            info.adjacency = context.adjacencies.find(info.out, info.next_hop);
        }
        const std::uint64_t link =
            info.adjacency == base::kNoAdjacency ? 0 : context.adjacencies.at(info.adjacency).read();
        if ((link & route::Adjacency::kResolved) == 0 ||
            (!comes_from_hold && context.hold.waits_for(info.out, info.next_hop))) {
            context.hold.add(packet, context.now_ns, context.adjacencies, context.exits);
            return;
        }
        context.adjacencies.at(info.adjacency).stamp(context.now_ns);
        const pipeline::Interface& interface = context.snapshot->interface(info.out);
        if (!packet::leaves_in_pieces(packet, interface.mtu) && !packet.is_chained()) [[likely]] {
            put_on_wire(packet.mbuf(), link, interface, context);
        } else {
            send_in_pieces(packet, link, interface, context);
        }
    }

    void send_in_pieces(packet::Packet<F> packet, std::uint64_t link, const pipeline::Interface& interface,
                        pipeline::Context<F>& context) noexcept {
        packet::PacketInfo<F>& info = packet.info();
        const std::uint16_t limit = packet::piece_limit(packet, interface.mtu);
        const bool came_in_pieces = info.largest_fragment != 0 && info.largest_fragment <= interface.mtu;
        if (info.ip_bytes > limit && packet.ip().dont_fragment() && !came_in_pieces) {
            info.mtu = interface.mtu;
            context.exits.leave(packet, packet::Verdict::fragmentation_needed);
            return;
        }
        const std::size_t count = packet::split(packet, limit, context.pool, std::span<rte_mbuf*>(pieces_));
        for (std::size_t i = 0; i < count; ++i) {
            put_on_wire(pieces_[i], link, interface, context);
        }
        if (count == 0) {
            context.exits.drop_frame(packet.mbuf(), packet::Verdict::no_packet_memory);
        } else {
            rte_pktmbuf_free(packet.mbuf());  // sent as copies: no drop, so nothing for Exits
        }
    }

    std::array<rte_mbuf*, packet::kMaxPieces> pieces_{};
};

}  // namespace sluice::stages
