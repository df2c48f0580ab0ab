// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>

#include "dataplane/packet/describe.h"

namespace sluice::packet {

/// Moves bytes of the following segments into the first one until it holds `count` bytes, or all there are.
/// Emptied segments are freed. Returns false where the first segment has no room; then nothing is lost.
/// Cost: nothing where the first segment holds them already.
inline bool pull_up(rte_mbuf* packet, std::size_t count) noexcept {
    count = std::min<std::size_t>(count, packet->pkt_len);
    while (packet->data_len < count) {
        rte_mbuf* const second = packet->next;
        const std::size_t wanted = count - packet->data_len;
        const auto part = static_cast<std::uint16_t>(std::min<std::size_t>(wanted, second->data_len));
        if (rte_pktmbuf_tailroom(packet) < part) {
            return false;
        }
        std::memcpy(rte_pktmbuf_mtod_offset(packet, std::byte*, packet->data_len),
                    rte_pktmbuf_mtod(second, const std::byte*), part);
        packet->data_len = static_cast<std::uint16_t>(packet->data_len + part);
        second->data_off = static_cast<std::uint16_t>(second->data_off + part);
        second->data_len = static_cast<std::uint16_t>(second->data_len - part);
        if (second->data_len == 0) {
            packet->next = second->next;
            packet->nb_segs = static_cast<std::uint16_t>(packet->nb_segs - 1);
            rte_pktmbuf_free_seg(second);
        }
    }
    return true;
}

/// Puts all headers of a whole IPv4 packet that stages look at into its first segment: the IP header, the L4
/// header with TCP's options, and of an ICMP error the packet that it quotes up to the quoted ports. Not
/// more: segments of a rebuilt datagram are the pieces in which it leaves again.
inline bool pull_up_headers(rte_mbuf* packet) noexcept {
    const auto* const ip = rte_pktmbuf_mtod(packet, const net::Ipv4Header*);
    const std::size_t l4 = ip->header_bytes();
    const std::uint8_t protocol = ip->protocol;
    // GRE and others without an entry: what conntrack reads of them.
    if (!pull_up(packet, l4 + std::max<std::size_t>(l4_header_bytes(protocol), 8))) {
        return false;
    }
    const std::size_t have = packet->data_len - std::min<std::size_t>(l4, packet->data_len);
    const auto* const bytes = rte_pktmbuf_mtod_offset(packet, const std::uint8_t*, l4);
    if (protocol == net::kProtocolTcp && have >= sizeof(net::TcpHeader)) {
        return pull_up(packet, l4 + reinterpret_cast<const net::TcpHeader*>(bytes)->header_bytes());
    }
    if (protocol == net::kProtocolIcmp && have >= sizeof(net::IcmpHeader) && is_icmp_error_type(bytes[0])) {
        constexpr std::size_t kQuoted = 60 + sizeof(net::TcpHeader);
        return pull_up(packet, l4 + sizeof(net::IcmpHeader) + kQuoted);
    }
    return true;
}

}  // namespace sluice::packet
