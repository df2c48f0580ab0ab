// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include "dataplane/pipeline/context.h"
#include "dataplane/route/arp.h"
#include "dataplane/route/link_layer.h"
#include "dataplane/stages/route.h"

namespace sluice::stages {

/// Tells the control thread what an ARP packet showed.
inline void tell(pipeline::Request<net::Ipv4>::Kind kind, const net::ArpPacket& arp, base::InterfaceId in,
                 pipeline::Context<net::Ipv4>& context) noexcept {
    if (!context.requests.push({kind, in, arp.sender_ip, arp.sender_mac})) {
        context.stats.requests_lost.add(1);
    }
}

/// Deals with an ARP frame (route/arp.h has the rules): answers in place, tells the control thread what it
/// learnt.
///
/// In: the mbuf's data begins at the Ethernet header; `head_bytes` long, with a VLAN tag or without. A sole
/// owner of the mbuf.  Takes the frame over, whatever it returns.  Returns consumed or bad_arp; has counted
/// it.
template <net::Family F>
packet::Verdict handle_arp(rte_mbuf* frame, std::uint16_t head_bytes, base::InterfaceId in,
                           pipeline::Context<F>& context) noexcept {
    const bool is_group_frame = rte_pktmbuf_mtod(frame, const net::EthernetHeader*)->destination.is_group();
    if (rte_pktmbuf_data_len(frame) < head_bytes + sizeof(net::ArpPacket) || frame->nb_segs != 1) {
        context.exits.drop_frame(frame, packet::Verdict::bad_arp);
        return packet::Verdict::bad_arp;
    }
    rte_pktmbuf_adj(frame, head_bytes);
    auto& arp = *rte_pktmbuf_mtod(frame, net::ArpPacket*);
    const pipeline::Interface& interface = context.snapshot->interface(in);
    const bool is_known = context.adjacencies.find(in, arp.sender_ip) != base::kNoAdjacency;
    const route::ArpOutcome outcome =
        route::judged_arp(arp, *context.snapshot->fib, input_link(interface), is_known, is_group_frame);
    if (outcome.tell) {
        tell(*outcome.tell, arp, in, context);
    }
    if (!outcome.answer) {
        context.exits.drop_frame(frame, outcome.verdict);
        return outcome.verdict;
    }
    context.stats.verdicts[static_cast<std::size_t>(packet::Verdict::consumed)].add(1);
    route::make_reply(arp, interface.mac);
    rte_pktmbuf_trim(frame, static_cast<std::uint16_t>(rte_pktmbuf_data_len(frame) - sizeof(net::ArpPacket)));
    route::prepend_ethernet(frame, arp.target_mac, interface.mac, interface.vlan, net::kEtherTypeArp);
    context.outbox.send(interface.device, frame);
    return packet::Verdict::consumed;
}

/// The same for a frame whose header is 14 bytes long.
template <net::Family F>
packet::Verdict handle_arp(rte_mbuf* frame, base::InterfaceId in, pipeline::Context<F>& context) noexcept {
    return handle_arp(frame, std::uint16_t{sizeof(net::EthernetHeader)}, in, context);
}

}  // namespace sluice::stages
