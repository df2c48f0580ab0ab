// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include "dataplane/packet/packet.h"

namespace sluice::packet {

/// Room in front of a packet that the router makes, for the L2 header that Send prepends.
inline constexpr std::uint16_t kHeadroom = 128;
static_assert(kHeadroom <= RTE_PKTMBUF_HEADROOM);

/// A new packet of `bytes` bytes in one segment, contents undefined, PacketInfo fresh and marked as the
/// router's own. Returns a handle without mbuf where the pool is empty or its data room too small.
template <net::Family F>
[[nodiscard]] Packet<F> make_packet(rte_mempool* pool, std::size_t bytes) noexcept {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(pool);
    if (mbuf == nullptr) {
        return {};
    }
    if (bytes > rte_pktmbuf_tailroom(mbuf)) {
        rte_pktmbuf_free(mbuf);
        return {};
    }
    mbuf->data_len = static_cast<std::uint16_t>(bytes);
    mbuf->pkt_len = static_cast<std::uint32_t>(bytes);
    auto* info = new (rte_mbuf_to_priv(mbuf)) PacketInfo<F>();
    info->is_local_origin = true;
    info->ip_bytes = static_cast<std::uint32_t>(bytes);
    return Packet<F>(mbuf);
}

/// Copies `count` bytes of a packet from `offset` on, over all segments.
/// In: offset + count lie within the packet.
template <net::Family F>
void copy_out(Packet<F> packet, std::size_t offset, std::size_t count, std::byte* to) noexcept {
    for (const rte_mbuf* segment = packet.mbuf(); segment != nullptr && count > 0; segment = segment->next) {
        const std::size_t length = rte_pktmbuf_data_len(segment);
        if (offset >= length) {
            offset -= length;
            continue;
        }
        const std::size_t here = std::min(count, length - offset);
        std::memcpy(to, rte_pktmbuf_mtod_offset(segment, const std::byte*, offset), here);
        to += here;
        count -= here;
        offset = 0;
    }
}

}  // namespace sluice::packet
