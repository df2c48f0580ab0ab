// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/packet_view.h"
#include "conntrack/connection.h"
#include "dataplane/packet/packet.h"
#include "dataplane/pipeline/context.h"

namespace sluice::stages {

/// What an address is to the router, for `-m addrtype`: an acl::AddressTypes over the Fib.
template <net::Family F>
acl::AddressType address_type(const void* fib, const typename F::Address& address,
                              base::InterfaceId device) noexcept {
    const route::Route<F>& route = static_cast<const route::Fib<F>*>(fib)->look_up(address);
    if (device != base::kNoInterface && (route.hops.empty() || route.hops.front().interface != device)) {
        return acl::AddressType::unicast;
    }
    switch (route.type) {
        case route::RouteType::local: return acl::AddressType::local;
        case route::RouteType::broadcast: return acl::AddressType::broadcast;
        default: return acl::AddressType::unicast;
    }
}

/// Fills in what the rules may ask about a packet, from its headers as they stand now.
template <net::Family F>
void fill_view(acl::PacketView<F>& view, packet::Packet<F> packet,
               const pipeline::Context<F>& context) noexcept {
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
    view.connection = info.connection;
    view.way = info.way;
    view.now = context.now;
    view.address_types = {context.snapshot->fib, &address_type<F>};
    view.mark = info.mark;
    view.is_untracked = info.is_untracked;
    view.connection_mark =
        info.connection != nullptr ? info.connection->shared.mark.load(std::memory_order_relaxed) : 0;
    view.tos = ip.tos;
    view.ttl = ip.ttl;
    view.frame = info.broadcast_frame ? acl::FrameKind::broadcast
                 : info.group_frame   ? acl::FrameKind::multicast
                                      : acl::FrameKind::unicast;
    view.source_mac = info.source_mac;
    view.bytes = info.ip_bytes;
    view.packet = packet.bytes();
}

/// The same for a packet on the long way, with what targets may change.
template <net::Family F>
void fill_walk(acl::Walk<F>& walk, packet::Packet<F> packet, const pipeline::Context<F>& context) noexcept {
    fill_view(walk.packet, packet, context);
    walk.bytes = packet.bytes();
    walk.connection = packet.info().connection;
}

/// What the targets of a walk have done to the packet's info.
template <net::Family F>
void take_changes(packet::Packet<F> packet, const acl::PacketView<F>& view) noexcept {
    packet.info().mark = view.mark;
}

}  // namespace sluice::stages
