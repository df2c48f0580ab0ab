// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nmmintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sluice::nat {

/// Corrects an SCTP packet's CRC32c (RFC 9260, appendix A) for a change of its ports.
///
/// A CRC is linear over xor: the CRC of what changed, taken without initial value, is the change of the CRC.
/// So the payload need not be read, and a packet that was damaged before stays so.
///
/// In: `difference`, the xor of the first four bytes, as they lie in memory; `sctp_bytes`, the packet's
/// length.
inline void mend_sctp(std::byte* sctp, std::uint32_t difference, std::size_t sctp_bytes) noexcept {
    constexpr std::size_t kChecksum = 8;
    std::uint64_t crc = _mm_crc32_u32(0, difference);
    std::size_t zeros = sctp_bytes - 4;
    for (; zeros >= 8; zeros -= 8) {
        crc = _mm_crc32_u64(crc, 0);
    }
    auto change = static_cast<std::uint32_t>(crc);
    for (; zeros > 0; --zeros) {
        change = _mm_crc32_u8(change, 0);
    }
    std::uint32_t checksum = 0;  // little endian on the wire
    std::memcpy(&checksum, sctp + kChecksum, 4);
    checksum ^= change;
    std::memcpy(sctp + kChecksum, &checksum, 4);
}

}  // namespace sluice::nat
