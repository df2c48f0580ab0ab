// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/net/checksum.h"
#include "dataplane/packet/packet.h"

namespace sluice::packet {

/// The one's complement sum of `count` bytes of a packet from `offset` on, over all segments.
///
/// A segment that begins at an odd byte counts with its halves swapped (RFC 1071, section 2B).
/// In: offset + count lie within the packet. Cost: reads all of it.
template <net::Family F>
[[nodiscard]] net::Sum sum_over(Packet<F> packet, std::size_t offset, std::size_t count) noexcept {
    net::Sum sum = 0;
    bool is_odd = false;
    for (const rte_mbuf* segment = packet.mbuf(); segment != nullptr && count > 0; segment = segment->next) {
        const std::size_t length = rte_pktmbuf_data_len(segment);
        if (offset >= length) {
            offset -= length;
            continue;
        }
        const std::size_t here = std::min(count, length - offset);
        const auto* begin = rte_pktmbuf_mtod_offset(segment, const std::byte*, offset);
        const std::uint16_t part = net::folded(net::sum_of({begin, here}));
        sum += is_odd ? __builtin_bswap16(part) : part;
        is_odd = is_odd != ((here & 1U) != 0);
        count -= here;
        offset = 0;
    }
    return sum;
}

/// The L4 checksum over the first `count` bytes behind the IP header: TCP, UDP (0: none), UDP-Lite, ICMP.
///
/// Returns true for protocols without a checksum of this kind, and where the header is too short to have one:
/// that is somebody else's fault to find.
template <net::Family F>
[[nodiscard]] bool l4_checksum_is_good(Packet<F> packet, std::size_t count) noexcept {
    const auto& ip = packet.ip();
    const std::size_t offset = packet.info().l4_offset;
    const std::span<const std::byte> l4 = packet.l4();
    const auto is_good = [&](std::size_t covered) {
        const net::Sum pseudo =
            net::pseudo_header_sum(ip.source, ip.destination, ip.protocol, static_cast<std::uint32_t>(count));
        return net::folded(sum_over(packet, offset, covered) + pseudo) == 0xffffU;
    };
    switch (ip.protocol) {
        case net::kProtocolTcp:
            return l4.size() < sizeof(net::TcpHeader) || is_good(count);
        case net::kProtocolUdp:
            return l4.size() < sizeof(net::UdpHeader) ||
                   reinterpret_cast<const net::UdpHeader*>(l4.data())->checksum.raw() == 0 || is_good(count);
        case net::kProtocolUdpLite: {
            if (l4.size() < sizeof(net::UdpHeader)) {
                return true;
            }
            const std::size_t coverage = reinterpret_cast<const net::UdpHeader*>(l4.data())->length.host();
            return is_good(coverage == 0 ? count : std::min(coverage, count));
        }
        case F::kIcmpProtocol:
            return l4.size() < sizeof(net::IcmpHeader) ||
                   net::folded(sum_over(packet, offset, count)) == 0xffffU;
        default:
            return true;
    }
}

/// The same over all of the packet, as netfilter does it: bytes behind UDP's own length count as well.
template <net::Family F>
[[nodiscard]] bool l4_checksum_is_good(Packet<F> packet) noexcept {
    return l4_checksum_is_good(packet, packet.info().ip_bytes - packet.info().l4_offset);
}

}  // namespace sluice::packet
