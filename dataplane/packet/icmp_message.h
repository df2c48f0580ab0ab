// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>

#include "dataplane/net/checksum.h"
#include "dataplane/packet/describe.h"
#include "dataplane/packet/l4_checksum.h"
#include "dataplane/packet/made.h"
#include "dataplane/packet/options.h"

/// ICMP messages that the router makes: errors about a packet, and replies to queries. Whether one is due,
/// and from which address, is the business of the stages Answer and Host; here are the bytes.
namespace sluice::packet {

/// RFC 1812, section 4.3.2.3: as much of the packet as fits without exceeding this.
inline constexpr std::uint16_t kMaxErrorBytes = 576;

/// What stands in the IP header of a message.
struct MessageHead {
    net::Ipv4Address source;
    net::Ipv4Address destination;
    std::uint8_t tos = 0;
    std::uint8_t ttl = 64;
    net::Be16 id;  ///< without DF an id is owed (RFC 6864)
    OptionBytes options;
};

/// An ICMP error.
struct ErrorMessage {
    std::uint8_t type = 0;
    std::uint8_t code = 0;
    /// The word behind the checksum: unused, MTU (in the low half), gateway, or pointer (in the first byte).
    net::Be32 rest;
    std::uint16_t limit = kMaxErrorBytes;  ///< or the MTU of the way out, where that is less
};

/// The TOS of an error: precedence 6 (internetwork control), and the TOS bits of the packet (RFC
/// 1812, 4.3.2.5).
[[nodiscard]] constexpr std::uint8_t error_tos(std::uint8_t tos) noexcept {
    return static_cast<std::uint8_t>((tos & 0x1eU) | 0xc0U);
}

namespace detail {

/// An IP packet with `bytes` bytes behind the header, which is complete; the rest is to be filled in.
template <net::Family F>
[[nodiscard]] Packet<F> make_ip(const MessageHead& head, std::uint8_t protocol, std::size_t bytes,
                                std::uint16_t fragment_field, rte_mempool* pool) noexcept {
    const std::size_t header = sizeof(typename F::Header) + head.options.size;
    const Packet<F> packet = make_packet<F>(pool, header + bytes);
    if (packet.mbuf() == nullptr) {
        return packet;
    }
    auto& ip = packet.ip();
    ip = {.version_ihl = static_cast<std::uint8_t>(0x40U | header / 4),
          .tos = head.tos,
          .total_length = net::Be16::from_host(static_cast<std::uint16_t>(header + bytes)),
          .id = head.id,
          .fragment = net::Be16::from_host(fragment_field),
          .ttl = head.ttl,
          .protocol = protocol,
          .checksum = {},
          .source = head.source,
          .destination = head.destination};
    std::memcpy(packet.bytes().data() + sizeof ip, head.options.bytes.data(), head.options.size);
    net::set_header_checksum(ip);
    packet.info().l4_offset = static_cast<std::uint16_t>(header);
    return packet;
}

}  // namespace detail

/// An error about `about`, quoting it as it stands now.
/// Returns a handle without mbuf where the pool is empty or the limit leaves no room for a quoted header.
template <net::Family F>
[[nodiscard]] Packet<F> make_error(Packet<F> about, const MessageHead& head, const ErrorMessage& message,
                                   rte_mempool* pool) noexcept {
    const std::size_t limit = std::min(message.limit, kMaxErrorBytes);
    const std::size_t before = sizeof(typename F::Header) + head.options.size + sizeof(net::IcmpHeader);
    if (limit <= before + sizeof(typename F::Header)) {
        return {};
    }
    const std::size_t quoted = std::min<std::size_t>(rte_pktmbuf_pkt_len(about.mbuf()), limit - before);
    const Packet<F> error =
        detail::make_ip<F>(head, F::kIcmpProtocol, sizeof(net::IcmpHeader) + quoted, 0, pool);
    if (error.mbuf() == nullptr) {
        return error;
    }
    const std::span<std::byte> l4 = error.l4();
    auto& icmp = *reinterpret_cast<net::IcmpHeader*>(l4.data());
    icmp = {.type = message.type, .code = message.code, .checksum = {}, .id = {}, .sequence = {}};
    std::memcpy(l4.data() + 4, &message.rest, 4);
    copy_out(about, 0, quoted, l4.data() + sizeof icmp);
    icmp.checksum = net::checksum_from(net::sum_of(l4));
    describe(error);
    return error;
}

/// Turns an echo request into its reply, in the same memory: addresses, type and TTL change, the data stays.
///
/// In: the request's options are of the same length as the reply's, or there is room to move them (the caller
/// tells by `head.options`); the chain stays a chain. Out: PacketInfo as of a packet made here.  Returns
/// false where options do not fit: no reply.
template <net::Family F>
[[nodiscard]] bool make_echo_reply(Packet<F> request, const MessageHead& head) noexcept {
    const std::size_t old_header = request.info().l4_offset;
    const std::size_t new_header = sizeof(typename F::Header) + head.options.size;
    const std::uint32_t total = request.info().ip_bytes - static_cast<std::uint32_t>(old_header) +
                                static_cast<std::uint32_t>(new_header);
    rte_mbuf* const mbuf = request.mbuf();
    if (total > 0xffffU ||
        (new_header > old_header && rte_pktmbuf_headroom(mbuf) < new_header - old_header + kHeadroom)) {
        return false;
    }
    auto& icmp = *reinterpret_cast<net::IcmpHeader*>(request.l4().data());
    const auto reply_type = static_cast<std::uint8_t>(net::IcmpType::echo_reply);
    icmp.checksum = net::ChecksumDelta()
                        .replace(net::Be16::from_host(static_cast<std::uint16_t>(icmp.type << 8U)),
                                 net::Be16::from_host(static_cast<std::uint16_t>(reply_type << 8U)))
                        .applied_to(icmp.checksum);
    icmp.type = reply_type;  // the code stays, as in the kernel
    if (new_header > old_header) {
        rte_pktmbuf_prepend(mbuf, static_cast<std::uint16_t>(new_header - old_header));
    } else {
        rte_pktmbuf_adj(mbuf, static_cast<std::uint16_t>(old_header - new_header));
    }
    auto& ip = request.ip();
    ip = {.version_ihl = static_cast<std::uint8_t>(0x40U | new_header / 4),
          .tos = head.tos,
          .total_length = net::Be16::from_host(static_cast<std::uint16_t>(total)),
          .id = head.id,
          .fragment = {},
          .ttl = head.ttl,
          .protocol = F::kIcmpProtocol,
          .checksum = {},
          .source = head.source,
          .destination = head.destination};
    std::memcpy(request.bytes().data() + sizeof ip, head.options.bytes.data(), head.options.size);
    net::set_header_checksum(ip);
    request.info() = PacketInfo<F>();
    request.info().is_local_origin = true;
    describe(request);
    return true;
}

/// A reply to a timestamp request (RFC 792): the originator's time, and ours twice.
/// In: the request holds at least 12 bytes. Returns a handle without mbuf where the pool is empty.
template <net::Family F>
[[nodiscard]] Packet<F> make_timestamp_reply(Packet<F> request, const MessageHead& head,
                                             std::uint32_t time_ms, rte_mempool* pool) noexcept {
    constexpr std::size_t kBytes = sizeof(net::IcmpHeader) + 12;
    const Packet<F> reply = detail::make_ip<F>(head, F::kIcmpProtocol, kBytes, 0, pool);
    if (reply.mbuf() == nullptr) {
        return reply;
    }
    const std::span<std::byte> l4 = reply.l4();
    copy_out(request, request.info().l4_offset, sizeof(net::IcmpHeader) + 4, l4.data());
    const net::Be32 time = net::Be32::from_host(time_ms);
    std::memcpy(l4.data() + sizeof(net::IcmpHeader) + 4, &time, 4);
    std::memcpy(l4.data() + sizeof(net::IcmpHeader) + 8, &time, 4);
    auto& icmp = *reinterpret_cast<net::IcmpHeader*>(l4.data());
    icmp.type = static_cast<std::uint8_t>(net::IcmpType::timestamp_reply);
    icmp.code = 0;
    icmp.checksum = {};
    icmp.checksum = net::checksum_from(net::sum_of(l4));
    describe(reply);
    return reply;
}

}  // namespace sluice::packet
