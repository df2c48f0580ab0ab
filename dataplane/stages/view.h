// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/packet_view.h"
#include "conntrack/connection.h"
#include "dataplane/packet/packet.h"

namespace sluice::stages {

/// Fills in what the rules may ask about a packet, from its headers as they stand now.
template <net::Family F>
void fill_view(acl::PacketView<F>& view, packet::Packet<F> packet) noexcept {
    const packet::PacketInfo<F>& info = packet.info();
    const auto& ip = packet.ip();
    view.source = ip.source;
    view.destination = ip.destination;
    view.protocol = ip.protocol;
    view.source_port = {};
    view.destination_port = {};
    view.has_l4 = info.has_l4;
    if (info.has_l4) {
        const std::byte* l4 = packet.l4().data();
        if (ip.protocol == F::kIcmpProtocol) {
            view.icmp_type = std::to_integer<std::uint8_t>(l4[0]);
            view.icmp_code = std::to_integer<std::uint8_t>(l4[1]);
        } else {
            // TCP, UDP, UDP-Lite, SCTP and DCCP all begin with the two ports; others have no use for the fields
            const auto* ports = reinterpret_cast<const net::UdpHeader*>(l4);
            view.source_port = ports->source_port;
            view.destination_port = ports->destination_port;
        }
    }
    view.in = info.in;
    view.out = info.out;
    view.state = info.state;
    view.snat = info.connection != nullptr && info.connection->has(conntrack::status::kSrcNat);
    view.dnat = info.connection != nullptr && info.connection->has(conntrack::status::kDstNat);
    view.bytes = info.ip_bytes;
    view.packet = packet.bytes();
}

}  // namespace sluice::stages
