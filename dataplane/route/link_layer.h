// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "dataplane/net/headers.h"

/// The Ethernet header in front of a packet, with an 802.1Q tag where the interface is a VLAN.
namespace sluice::route {

/// Puts the header before the mbuf's data. The mbuf must have 18 bytes of headroom (packets from Parse and
/// from the pools have 128). Offload flags of the way in are cleared: everything is in the bytes.
inline void prepend_ethernet(rte_mbuf* mbuf, net::MacAddress destination, net::MacAddress source,
                             std::uint16_t vlan, std::uint16_t type) noexcept {
    const bool is_tagged = vlan != 0;
    const std::uint16_t bytes = sizeof(net::EthernetHeader) + (is_tagged ? sizeof(net::VlanTag) : 0);
    mbuf->data_off = static_cast<std::uint16_t>(mbuf->data_off - bytes);
    mbuf->data_len = static_cast<std::uint16_t>(mbuf->data_len + bytes);
    mbuf->pkt_len += bytes;
    mbuf->ol_flags &= RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT;
    auto* header = rte_pktmbuf_mtod(mbuf, net::EthernetHeader*);
    header->destination = destination;
    header->source = source;
    header->type = net::Be16::from_host(is_tagged ? net::kEtherTypeVlan : type);
    if (is_tagged) {
        auto* tag = rte_pktmbuf_mtod_offset(mbuf, net::VlanTag*, sizeof(net::EthernetHeader));
        tag->control = net::Be16::from_host(vlan);
        tag->type = net::Be16::from_host(type);
    }
}

}  // namespace sluice::route
