// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstring>
#include <limits>

#include "acl/packet_view.h"
#include "acl/targets/effect.h"
#include "conntrack/connection.h"
#include "dataplane/packet/packet.h"
#include "dataplane/net/checksum.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/stages/tell.h"
#include "dataplane/route/way_back.h"

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

/// For targets that ask what a way carries: an acl::PathMtu over the snapshot. A way to the router itself is lo's.
template <net::Family F>
std::uint32_t path_mtu(const void* snapshot, const typename F::Address& address) noexcept {
    constexpr std::uint32_t kLoopback = 65536;
    const auto& router = *static_cast<const pipeline::Snapshot<F>*>(snapshot);
    const route::Route<F>& route = router.fib->look_up(address);
    if (route.type == route::RouteType::local) {
        return kLoopback;
    }
    return route.hops.empty() ? std::numeric_limits<std::uint32_t>::max()
                              : router.interface(route.hops.front().interface).mtu;
}

/// For `-m rpfilter`: an acl::ReversePath over the Fib.
template <net::Family F>
acl::WayBack way_back(const void* fib, const typename F::Address& source, base::InterfaceId in) noexcept {
    return route::way_back_by(static_cast<const route::Fib<F>*>(fib)->look_up(source), in);
}

/// Makes a packet longer at its end: acl::Subject::grow.
template <net::Family F>
bool grow_packet(acl::Subject<F>& subject, std::size_t bytes) noexcept {
    auto* const mbuf = static_cast<rte_mbuf*>(subject.packet);
    if (mbuf->nb_segs != 1 || rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(bytes)) == nullptr) {
        return false;
    }
    packet::Packet<F> packet(mbuf);
    auto& ip = packet.ip();
    const auto longer = static_cast<std::uint16_t>(ip.total_length.host() + bytes);
    ip.checksum = net::ChecksumDelta()
                      .replace(ip.total_length, net::Be16::from_host(longer))
                      .applied_to(ip.checksum);
    ip.total_length = net::Be16::from_host(longer);
    packet.info().ip_bytes = longer;
    subject.view.bytes = longer;
    subject.view.packet = packet.bytes();
    subject.bytes = packet.bytes();
    return true;
}

/// A packet in several pieces, for rules that read beyond the first: an acl::PacketTail over the mbuf.
inline bool read_chain(const void* mbuf, std::size_t offset, std::span<std::byte> out) noexcept {
    const void* found = rte_pktmbuf_read(static_cast<const rte_mbuf*>(mbuf), static_cast<std::uint32_t>(offset),
                                         static_cast<std::uint32_t>(out.size()), out.data());
    if (found == nullptr) {
        return false;
    }
    if (found != out.data()) {
        std::memcpy(out.data(), found, out.size());
    }
    return true;
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
    view.now_ns = context.now_ns;
    view.utc_ns = context.snapshot->utc_ns(context.now_ns);
    view.minutes_west = context.snapshot->wall_clock == nullptr ? 0 : context.snapshot->wall_clock->minutes_west();
    view.account = info.connection == nullptr ? nullptr : context.connections.account(*info.connection);
    view.labels = info.connection == nullptr ? nullptr : context.connections.labels(*info.connection);
    view.reverse_path = {context.snapshot->fib, &way_back<F>};
    view.cpu = context.cpu;
    view.path_mtu = {context.snapshot, &path_mtu<F>};
    view.out_mtu = info.out == base::kNoInterface ? 0 : context.snapshot->interface(info.out).mtu;
    view.address_types = {context.snapshot->fib, &address_type<F>};
    view.mark = info.mark;
    view.is_traced = info.is_traced;
    view.is_untracked = info.is_untracked;
    view.connection_mark =
        info.connection != nullptr ? info.connection->shared.mark.load(std::memory_order_relaxed) : 0;
    view.tos = ip.tos;
    view.ttl = ip.ttl;
    view.frame = info.broadcast_frame ? acl::FrameKind::broadcast
                 : info.group_frame   ? acl::FrameKind::multicast
                                      : acl::FrameKind::unicast;
    view.source_mac = info.source_mac;
    view.destination_mac = info.destination_mac;
    view.bytes = info.ip_bytes;
    view.packet = packet.bytes();
    view.tail = packet.is_chained() ? acl::PacketTail{packet.mbuf(), &read_chain} : acl::PacketTail{};
}

/// The same for a packet on the long way, with what targets may change.
template <net::Family F>
void fill_walk(acl::Walk<F>& walk, packet::Packet<F> packet, pipeline::Context<F>& context) noexcept {
    fill_view(walk.packet, packet, context);
    walk.string_hits.clear();  // what has changed since the last hook may have changed them
    walk.packet.string_hits = &walk.string_hits;
    walk.bytes = packet.bytes();
    walk.connection = packet.info().connection;
    walk.grow = &grow_packet<F>;
    walk.handle = packet.mbuf();
    walk.log = {&tell<F>, &context};
    walk.copies = context.copies;
}

/// What the targets of a walk have done to the packet's info.
template <net::Family F>
void take_changes(packet::Packet<F> packet, const acl::PacketView<F>& view) noexcept {
    packet.info().mark = view.mark;
    packet.info().is_traced = view.is_traced;
}

}  // namespace sluice::stages
