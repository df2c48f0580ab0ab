// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nmmintrin.h>

#include <cstring>
#include <vector>

#include "conntrack/packet.h"
#include "dataplane/net/checksum.h"
#include "dataplane/net/headers.h"

namespace sluice::nat::test {

/// An IPv4 packet of bytes, with its headers by name.
struct Built {
    std::vector<std::byte> data;
    std::size_t l4_offset = 20;

    std::span<std::byte> bytes() { return data; }
    net::Ipv4Header& ip() { return *reinterpret_cast<net::Ipv4Header*>(data.data()); }
    net::TcpHeader& tcp() { return *reinterpret_cast<net::TcpHeader*>(data.data() + l4_offset); }
    net::UdpHeader& udp() { return *reinterpret_cast<net::UdpHeader*>(data.data() + l4_offset); }
    net::IcmpHeader& icmp() { return *reinterpret_cast<net::IcmpHeader*>(data.data() + l4_offset); }
    std::span<std::byte> l4() { return std::span(data).subspan(l4_offset); }
    conntrack::L4View view() {
        const auto payload = l4();
        return {.protocol = ip().protocol,
                .checksum = conntrack::L4Checksum::unchecked,
                .total_bytes = static_cast<std::uint32_t>(payload.size()),
                .bytes = payload,
                .ip_bytes = static_cast<std::uint32_t>(data.size())};
    }
};

/// The CRC32c of RFC 9260, bit by bit from its definition's table instruction, over the whole packet.
inline std::uint32_t crc32c(std::span<const std::byte> bytes) {
    std::uint32_t crc = 0xffffffffU;
    for (const std::byte b : bytes) {
        crc = _mm_crc32_u8(crc, std::to_integer<std::uint8_t>(b));
    }
    return ~crc;
}

inline std::size_t l4_header_bytes(std::uint8_t protocol) {
    switch (protocol) {
        case net::kProtocolTcp:
            return 20;
        case net::kProtocolSctp:
            return 12;
        default:
            return 8;
    }
}

/// Sets every checksum from scratch.
inline void seal(Built& packet) {
    auto& ip = packet.ip();
    net::set_header_checksum(ip);
    const auto payload = packet.l4();
    const auto bytes = static_cast<std::uint32_t>(payload.size());
    const net::Sum pseudo = net::pseudo_header_sum(ip.source, ip.destination, ip.protocol, bytes);
    switch (ip.protocol) {
        case net::kProtocolTcp:
            packet.tcp().checksum = {};
            packet.tcp().checksum = net::checksum_from(net::sum_of(payload, pseudo));
            break;
        case net::kProtocolUdp:
        case net::kProtocolUdpLite: {
            packet.udp().checksum = {};
            const base::Be16 sum = net::checksum_from(net::sum_of(payload, pseudo));
            packet.udp().checksum =
                sum.raw() == 0 && ip.protocol == net::kProtocolUdp ? base::Be16::from_raw(0xffff) : sum;
            break;
        }
        case net::kProtocolIcmp:
            packet.icmp().checksum = {};
            packet.icmp().checksum = net::checksum_from(net::sum_of(payload));
            break;
        case net::kProtocolSctp: {
            std::memset(payload.data() + 8, 0, 4);
            const std::uint32_t crc = crc32c(payload);
            std::memcpy(payload.data() + 8, &crc, 4);
            break;
        }
        default:
            break;
    }
}

/// A packet that arrives as `tuple`, with a payload of so many bytes.
inline Built build(const net::Tuple<net::Ipv4>& tuple, std::size_t payload, std::uint8_t tcp_flags = 0x10) {
    Built packet;
    packet.data.resize(20 + l4_header_bytes(tuple.protocol) + payload);
    for (std::size_t i = packet.data.size() - payload; i < packet.data.size(); ++i) {
        packet.data[i] = static_cast<std::byte>(i * 7 + 3);
    }
    auto& ip = packet.ip();
    ip.version_ihl = 0x45;
    ip.ttl = 64;
    ip.protocol = tuple.protocol;
    ip.total_length = base::Be16::from_host(static_cast<std::uint16_t>(packet.data.size()));
    ip.source = tuple.source;
    ip.destination = tuple.destination;
    if (tuple.protocol == net::kProtocolIcmp) {
        packet.icmp().type = static_cast<std::uint8_t>(tuple.destination_port.host() >> 8U);
        packet.icmp().code = static_cast<std::uint8_t>(tuple.destination_port.host());
        packet.icmp().id = tuple.source_port;
    } else if (tuple.source_port.raw() != 0 || tuple.destination_port.raw() != 0) {
        packet.udp().source_port = tuple.source_port;
        packet.udp().destination_port = tuple.destination_port;
    }
    if (tuple.protocol == net::kProtocolTcp) {
        packet.tcp().data_offset = 0x50;
        packet.tcp().flags = tcp_flags;
        packet.tcp().window = base::Be16::from_host(1000);
    } else if (tuple.protocol == net::kProtocolUdp || tuple.protocol == net::kProtocolUdpLite) {
        packet.udp().length = base::Be16::from_host(static_cast<std::uint16_t>(8 + payload));
    }
    seal(packet);
    return packet;
}

/// An ICMP error of `type` and `code` to `to`, quoting as much of `inner` as `quoted` says.
[[gnu::noinline]] inline Built build_error(net::Ipv4Address from, net::Ipv4Address to, std::uint8_t type,
                                           std::uint8_t code, const Built& inner, std::size_t quoted) {
    Built packet;
    packet.data.resize(28 + quoted);
    std::memcpy(packet.data.data() + 28, inner.data.data(), quoted);
    auto& ip = packet.ip();
    ip.version_ihl = 0x45;
    ip.ttl = 64;
    ip.protocol = net::kProtocolIcmp;
    ip.total_length = base::Be16::from_host(static_cast<std::uint16_t>(packet.data.size()));
    ip.source = from;
    ip.destination = to;
    packet.icmp().type = type;
    packet.icmp().code = code;
    packet.icmp().sequence = base::Be16::from_host(1400);
    seal(packet);
    return packet;
}

inline net::Ipv4Address address(const char* text) {
    return net::parse_ipv4(text).value();
}

inline net::Tuple<net::Ipv4> tuple(std::uint8_t protocol, const char* source, std::uint16_t source_port,
                                   const char* destination, std::uint16_t destination_port) {
    net::Tuple<net::Ipv4> result{};
    result.source = address(source);
    result.destination = address(destination);
    result.source_port = base::Be16::from_host(source_port);
    result.destination_port = base::Be16::from_host(destination_port);
    result.protocol = protocol;
    return result;
}

}  // namespace sluice::nat::test
