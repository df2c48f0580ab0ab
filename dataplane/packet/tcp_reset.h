// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "dataplane/packet/icmp_message.h"
#include "dataplane/packet/l4_checksum.h"

namespace sluice::packet {

/// True where a TCP packet may be answered by a reset: its header is whole and its checksum right, and it is
/// none itself (RFC 9293, section 3.10.7.1; nf_reject_ip_tcphdr_get).
template <net::Family F>
[[nodiscard]] bool deserves_reset(Packet<F> packet) noexcept {
    const auto& ip = packet.ip();
    const std::span<const std::byte> l4 = packet.l4();
    if (ip.protocol != net::kProtocolTcp || ip.offset_bytes() != 0 || l4.size() < sizeof(net::TcpHeader)) {
        return false;
    }
    const auto& tcp = *reinterpret_cast<const net::TcpHeader*>(l4.data());
    return (tcp.flags & net::TcpHeader::kRst) == 0 && l4_checksum_is_good(packet);
}

/// The reset for a segment (RFC 9293, section 3.10.7.1): with the segment's acknowledgement as its number
/// where it has one, else acknowledging all of it. In: `deserves_reset`; head.options are not used.  Returns
/// a handle without mbuf where the pool is empty.
template <net::Family F>
[[nodiscard]] Packet<F> make_reset(Packet<F> about, const MessageHead& head, rte_mempool* pool) noexcept {
    const Packet<F> reset =
        detail::make_ip<F>(head, net::kProtocolTcp, sizeof(net::TcpHeader), F::Header::kDontFragment, pool);
    if (reset.mbuf() == nullptr) {
        return reset;
    }
    const auto& old = *reinterpret_cast<const net::TcpHeader*>(about.l4().data());
    auto& tcp = *reinterpret_cast<net::TcpHeader*>(reset.l4().data());
    tcp = {.source_port = old.destination_port,
           .destination_port = old.source_port,
           .sequence = {},
           .acknowledgement = {},
           .data_offset = 5U << 4U,
           .flags = net::TcpHeader::kRst,
           .window = {},
           .checksum = {},
           .urgent = {}};
    if ((old.flags & net::TcpHeader::kAck) != 0) {
        tcp.sequence = old.acknowledgement;
    } else {
        const std::uint32_t length = about.info().ip_bytes - about.info().l4_offset - old.header_bytes() +
                                     ((old.flags & net::TcpHeader::kSyn) != 0 ? 1U : 0U) +
                                     ((old.flags & net::TcpHeader::kFin) != 0 ? 1U : 0U);
        tcp.acknowledgement = net::Be32::from_host(old.sequence.host() + length);
        tcp.flags |= net::TcpHeader::kAck;
    }
    tcp.checksum = net::checksum_from(
        net::sum_of(reset.l4(), net::pseudo_header_sum(head.source, head.destination, net::kProtocolTcp,
                                                       static_cast<std::uint32_t>(sizeof tcp))));
    describe(reset);
    return reset;
}

}  // namespace sluice::packet
