// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "dataplane/net/checksum.h"
#include "dataplane/packet/packet.h"

namespace sluice::packet {

/// Puts the L4 header and payload `l4` in the place of the packet's own, which may be longer or shorter; lengths and
/// checksums follow. A UDP checksum of 0 stays 0.
///
/// What does not fit into the first segment goes into new ones from `pool`; the pieces in which a datagram came are
/// lost, and it is cut anew when it leaves. False: there is no memory, and the packet is to be dropped.
inline bool replace_payload(Packet<net::Ipv4> packet, std::span<std::byte> l4, rte_mempool* pool) noexcept {
    PacketInfo<net::Ipv4>& info = packet.info();
    rte_mbuf* const first = packet.mbuf();
    if (first->next != nullptr) {
        rte_pktmbuf_free(first->next);
        first->next = nullptr;
        first->nb_segs = 1;
    }
    net::Ipv4Header& ip = packet.ip();
    const auto total = static_cast<std::uint16_t>(info.l4_offset + l4.size());
    ip.total_length = net::Be16::from_host(total);
    net::set_header_checksum(ip);
    info.ip_bytes = total;
    const net::Sum pseudo = net::pseudo_header_sum(ip.source, ip.destination, ip.protocol, static_cast<std::uint32_t>(l4.size()));
    const auto checksum = [&] { return static_cast<std::uint16_t>(~net::folded(net::sum_of(l4, pseudo))); };
    if (ip.protocol == net::kProtocolTcp) {
        auto& tcp = reinterpret_cast<net::TcpHeader&>(l4[0]);
        tcp.checksum = {};
        tcp.checksum = net::Be16::from_raw(checksum());
    } else {
        auto& udp = reinterpret_cast<net::UdpHeader&>(l4[0]);
        udp.length = net::Be16::from_host(static_cast<std::uint16_t>(l4.size()));
        if (udp.checksum.raw() != 0) {
            udp.checksum = {};
            const std::uint16_t sum = checksum();
            udp.checksum = net::Be16::from_raw(sum == 0 ? 0xffff : sum);
        }
    }
    const std::size_t room = first->buf_len - first->data_off - info.l4_offset;
    // an odd number, where more follows: segments that are no pieces of a datagram do not look like some
    std::size_t here = l4.size() <= room ? l4.size() : (room - 8) | 1U;
    std::memcpy(rte_pktmbuf_mtod_offset(first, std::byte*, info.l4_offset), l4.data(), here);
    first->data_len = static_cast<std::uint16_t>(info.l4_offset + here);
    first->pkt_len = total;
    rte_mbuf* last = first;
    for (std::size_t at = here; at < l4.size(); at += here) {
        rte_mbuf* const segment = rte_pktmbuf_alloc(pool);
        if (segment == nullptr) {
            first->pkt_len = static_cast<std::uint32_t>(info.l4_offset + at);
            return false;
        }
        here = std::min<std::size_t>(l4.size() - at, rte_pktmbuf_tailroom(segment));
        std::memcpy(rte_pktmbuf_mtod(segment, std::byte*), l4.data() + at, here);
        segment->data_len = static_cast<std::uint16_t>(here);
        last->next = segment;
        last = segment;
        ++first->nb_segs;
    }
    return true;
}

}  // namespace sluice::packet
