// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "dataplane/net/tuple.h"
#include "dataplane/packet/packet.h"

namespace sluice::packet {

/// How many bytes of an L4 header the rules read: what the kernel's matches ask to be there.
[[nodiscard]] constexpr std::size_t l4_header_bytes(std::uint8_t protocol) noexcept {
    switch (protocol) {
        case net::kProtocolTcp:
            return sizeof(net::TcpHeader);
        case net::kProtocolUdp:
        case net::kProtocolUdpLite:
        case net::kProtocolIcmp:
        case net::kProtocolIcmpV6:
            return 8;
        case net::kProtocolSctp:
        case net::kProtocolDccp:
            return 12;
        default:
            return 0;
    }
}

/// True for types that report on another packet (the kernel's icmp_pointers[].error).
[[nodiscard]] constexpr bool is_icmp_error_type(std::uint8_t type) noexcept {
    switch (static_cast<net::IcmpType>(type)) {
        case net::IcmpType::destination_unreachable:
        case net::IcmpType::source_quench:
        case net::IcmpType::redirect:
        case net::IcmpType::time_exceeded:
        case net::IcmpType::parameter_problem:
            return true;
        default:
            return false;
    }
}

/// What is wrong with the lengths that the L4 header of a whole packet states: what conntrack calls INVALID
/// (CT-4).
[[nodiscard]] inline bool l4_lengths_are_sound(std::uint8_t protocol, std::span<const std::byte> l4,
                                               std::size_t l4_bytes) noexcept {
    if (l4.size() < l4_header_bytes(protocol)) {
        return false;
    }
    if (protocol == net::kProtocolTcp) {
        const unsigned header = reinterpret_cast<const net::TcpHeader*>(l4.data())->header_bytes();
        return header >= sizeof(net::TcpHeader) && header <= l4_bytes;
    }
    if (protocol == net::kProtocolUdp) {
        const std::size_t length = reinterpret_cast<const net::UdpHeader*>(l4.data())->length.host();
        return length >= sizeof(net::UdpHeader) && length <= l4_bytes;
    }
    return true;
}

/// Sets what PacketInfo says of a whole packet's headers: l4_offset, ip_bytes, has_options, has_l4,
/// is_icmp_error, tuple. For whoever makes or rebuilds a packet; Parse uses it too.
///
/// In: a sound IP header in the first segment.
/// Returns false where the lengths in the L4 header are not sound.
template <net::Family F>
bool describe(Packet<F> packet) noexcept {
    PacketInfo<F>& info = packet.info();
    const auto& ip = packet.ip();
    info.l4_offset = static_cast<std::uint16_t>(ip.header_bytes());
    info.ip_bytes = ip.total_length.host();
    info.has_options = ip.header_bytes() > sizeof(ip);
    info.tuple = {};
    info.tuple.source = ip.source;
    info.tuple.destination = ip.destination;
    info.tuple.protocol = ip.protocol;
    info.is_icmp_error = false;
    const std::span<const std::byte> l4 = packet.l4();
    info.has_l4 = l4.size() >= l4_header_bytes(ip.protocol);
    if (!info.has_l4) {
        return false;
    }
    switch (ip.protocol) {
        case net::kProtocolTcp:
        case net::kProtocolUdp:
        case net::kProtocolUdpLite:
        case net::kProtocolSctp:
        case net::kProtocolDccp: {
            const auto& ports = *reinterpret_cast<const net::UdpHeader*>(l4.data());
            info.tuple.source_port = ports.source_port;
            info.tuple.destination_port = ports.destination_port;
            break;
        }
        case F::kIcmpProtocol: {
            const auto& icmp = *reinterpret_cast<const net::IcmpHeader*>(l4.data());
            info.is_icmp_error = is_icmp_error_type(icmp.type);
            info.tuple.source_port = icmp.id;
            info.tuple.destination_port =
                net::Be16::from_host(static_cast<std::uint16_t>(icmp.type << 8U | icmp.code));
            break;
        }
        default:
            break;
    }
    return l4_lengths_are_sound(ip.protocol, l4, info.ip_bytes - info.l4_offset);
}

}  // namespace sluice::packet
