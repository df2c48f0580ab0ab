// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_prefetch.h>

#include <new>
#include <string_view>

#include "dataplane/packet/batch.h"
#include "dataplane/packet/describe.h"
#include "dataplane/packet/read_frame.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/pipeline/facts.h"
#include "dataplane/stages/arp.h"

namespace sluice::stages {

/// Makes packets of frames: strips Ethernet and VLAN tag, finds the interface, checks the IP header as the
/// kernel's ip_rcv does and in its order, cuts padding, and notes what the headers say.
///
/// ARP leaves for its own handler. What is wrong with L4 lengths is counted, but not dropped: to netfilter
/// such packets are INVALID (CT-4), and rules decide.
///
/// In: frames.  Out: PacketInfo; the mbuf begins at the IP header and ends with the packet.
/// Drops: short_frame, unknown_vlan, foreign_mac, not_ip, bad_version, bad_header_length,
/// bad_header_checksum, bad_total_length. See: RFC 1812, section 5.2.2; FWD-5, FWD-7, FWD-11.
template <net::Family F>
class Parse {
public:
    static constexpr std::string_view kName = "parse";
    static constexpr pipeline::Facts kNeeds = pipeline::kFrame;
    static constexpr pipeline::Facts kAdds = pipeline::kParsed;

    void process(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        const std::size_t count = batch.size();
        for (std::size_t i = 0; i < std::min(count, kAhead); ++i) {
            prefetch(batch[i]);
        }
        batch.clear();
        for (std::size_t i = 0; i < count; ++i) {
            const packet::Packet<F> packet = batch[i];
            if (i + kAhead < count) {
                prefetch(batch[i + kAhead]);
            }
            const packet::Verdict verdict = parse(packet, context);
            if (verdict == packet::Verdict::accept) {
                batch.push(packet);  // never overtakes i
            } else if (verdict != packet::Verdict::consumed) {
                context.exits.drop_frame(packet.mbuf(), verdict);
            }
        }
    }

private:
    static constexpr std::size_t kAhead = 4;

    static void prefetch(packet::Packet<F> packet) noexcept {
        rte_prefetch0(rte_pktmbuf_mtod(packet.mbuf(), const void*));
        rte_prefetch0(rte_mbuf_to_priv(packet.mbuf()));
    }

    /// Returns consumed for frames that somebody else has taken over.
    static packet::Verdict parse(packet::Packet<F> packet, pipeline::Context<F>& context) noexcept {
        rte_mbuf* const mbuf = packet.mbuf();
        const packet::FrameHead head = packet::read_frame_head(mbuf);
        if (head.bytes == 0) {
            return packet::Verdict::short_frame;
        }
        const pipeline::Snapshot<F>& snapshot = *context.snapshot;
        const base::InterfaceId in =
            snapshot.interface_of.find(static_cast<base::DeviceId>(mbuf->port), head.vlan);
        if (in == base::kNoInterface) {
            return packet::Verdict::unknown_vlan;
        }
        context.stats.interfaces[base::index_of(in)].received.add(rte_pktmbuf_pkt_len(mbuf) - head.bytes);
        const bool is_group = head.destination.is_group();
        if (!is_group && head.destination != snapshot.interface(in).mac) {
            return packet::Verdict::foreign_mac;
        }
        if (head.type == net::kEtherTypeArp) {
            handle_arp(mbuf, head.bytes, in, context);
            return packet::Verdict::consumed;
        }
        if (head.type != F::kEtherType) {
            return packet::Verdict::not_ip;
        }
        rte_pktmbuf_adj(mbuf, head.bytes);
        const packet::Verdict verdict = packet::check_ipv4(mbuf);
        if (verdict != packet::Verdict::accept) {
            return verdict;
        }
        packet::trim_to(mbuf, packet.ip().total_length.host());
        auto* const info = new (rte_mbuf_to_priv(mbuf)) packet::PacketInfo<F>();
        info->in = in;
        info->group_frame = is_group;
        info->broadcast_frame = head.destination.is_broadcast();
        info->source_mac = head.source;
        info->destination_mac = head.destination;
        // A fragment is described when it is whole.
        if (!packet::describe(packet) && !packet.ip().is_fragment()) {
            context.stats.invalid_l4.add(1);
        }
        return packet::Verdict::accept;
    }
};

}  // namespace sluice::stages
