// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "dataplane/net/checksum.h"
#include "dataplane/net/headers.h"
#include "dataplane/packet/verdict.h"

/// What stands in front of a packet, and whether the IPv4 header is one: FWD-5 and FWD-11, without any state.
namespace sluice::packet {

/// The Ethernet side of a frame.
struct FrameHead {
    net::MacAddress destination;
    net::MacAddress source;
    std::uint16_t type = 0;   ///< EtherType; behind the tag where there is one
    std::uint16_t vlan = 0;   ///< 802.1Q id; 0: untagged or priority-tagged
    std::uint16_t bytes = 0;  ///< how long it is; 0: the frame is too short for its header
};

/// Reads an Ethernet II header and one 802.1Q tag, be it in the frame or stripped by the device.
/// A second tag is an EtherType like others that nobody here speaks.
[[nodiscard]] inline FrameHead read_frame_head(const rte_mbuf* frame) noexcept {
    FrameHead head;
    const std::size_t length = rte_pktmbuf_data_len(frame);
    if (length < sizeof(net::EthernetHeader)) {
        return head;
    }
    const auto& ethernet = *rte_pktmbuf_mtod(frame, const net::EthernetHeader*);
    head.destination = ethernet.destination;
    head.source = ethernet.source;
    head.type = ethernet.type.host();
    if ((frame->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0) {
        head.vlan = frame->vlan_tci & 0xfffU;
    } else if (head.type == net::kEtherTypeVlan) {
        if (length < sizeof(net::EthernetHeader) + sizeof(net::VlanTag)) {
            return head;
        }
        const auto& tag = *rte_pktmbuf_mtod_offset(frame, const net::VlanTag*, sizeof(net::EthernetHeader));
        head.vlan = tag.id();
        head.type = tag.type.host();
        head.bytes = sizeof(net::EthernetHeader) + sizeof(net::VlanTag);
        return head;
    }
    head.bytes = sizeof(net::EthernetHeader);
    return head;
}

/// Checks an IPv4 header in the order of the kernel's ip_rcv: version and length, checksum, total length.
/// In: the mbuf's data begins at the header.  Returns accept, or what is wrong.
[[nodiscard]] inline Verdict check_ipv4(const rte_mbuf* packet) noexcept {
    const std::size_t here = rte_pktmbuf_data_len(packet);
    if (here < sizeof(net::Ipv4Header)) {
        return Verdict::short_frame;
    }
    const auto& ip = *rte_pktmbuf_mtod(packet, const net::Ipv4Header*);
    if (ip.version() != 4) {
        return Verdict::bad_version;
    }
    if (ip.header_bytes() < sizeof(net::Ipv4Header) || ip.header_bytes() > here) {
        return Verdict::bad_header_length;
    }
    if (!net::header_checksum_is_good(ip)) {
        return Verdict::bad_header_checksum;
    }
    if (ip.total_length.host() < ip.header_bytes() || ip.total_length.host() > rte_pktmbuf_pkt_len(packet)) {
        return Verdict::bad_total_length;
    }
    return Verdict::accept;
}

/// Cuts a packet, chained or not, to its first `length` bytes; segments behind them are freed.
/// In: length is at least 1 and at most the packet's.
inline void trim_to(rte_mbuf* packet, std::uint32_t length) noexcept {
    if (packet->pkt_len == length) {
        return;
    }
    packet->pkt_len = length;
    rte_mbuf* segment = packet;
    std::uint16_t count = 1;
    while (length > segment->data_len) {
        length -= segment->data_len;
        segment = segment->next;
        ++count;
    }
    segment->data_len = static_cast<std::uint16_t>(length);
    rte_pktmbuf_free(segment->next);
    segment->next = nullptr;
    packet->nb_segs = count;
}

}  // namespace sluice::packet
