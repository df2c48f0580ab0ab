// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nmmintrin.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "dataplane/packet/packet.h"

namespace sluice::packet {

/// Goes on with a CRC32c over more bytes. Cost: a cycle or three for eight of them.
[[nodiscard]] inline std::uint32_t crc32c(std::uint32_t crc, std::span<const std::byte> bytes) noexcept {
    std::uint64_t wide = crc;
    while (bytes.size() >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), sizeof(word));
        wide = _mm_crc32_u64(wide, word);
        bytes = bytes.subspan(sizeof(word));
    }
    crc = static_cast<std::uint32_t>(wide);
    for (const std::byte byte : bytes) {
        crc = _mm_crc32_u8(crc, std::to_integer<std::uint8_t>(byte));
    }
    return crc;
}

/// Whether an SCTP packet's CRC32c is right, over all segments (RFC 9260, 6.8); true where its header is cut off,
/// which is somebody else's fault to find. The header lies in the first segment (pull_up.h).
template <net::Family F>
[[nodiscard]] bool sctp_checksum_is_good(Packet<F> packet) noexcept {
    constexpr std::size_t kFieldAt = 8;
    const std::span<const std::byte> l4 = packet.l4();
    std::uint32_t carried = 0;
    if (l4.size() < kFieldAt + sizeof(carried)) {
        return true;
    }
    std::memcpy(&carried, l4.data() + kFieldAt, sizeof(carried));  // little-endian on the wire, as here
    std::uint32_t crc = crc32c(0xffffffffU, l4.first(kFieldAt));
    crc = _mm_crc32_u32(crc, 0);
    std::size_t left = packet.info().ip_bytes - packet.info().l4_offset - (kFieldAt + sizeof(carried));
    std::size_t at = packet.info().l4_offset + kFieldAt + sizeof(carried);
    for (const rte_mbuf* segment = packet.mbuf(); segment != nullptr && left > 0; segment = segment->next) {
        const std::size_t here = std::min(left, rte_pktmbuf_data_len(segment) - at);
        crc = crc32c(crc, {rte_pktmbuf_mtod_offset(segment, const std::byte*, at), here});
        left -= here;
        at = 0;
    }
    return carried == ~crc;
}

}  // namespace sluice::packet
