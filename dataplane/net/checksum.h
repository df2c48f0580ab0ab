// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "dataplane/net/headers.h"

/// The Internet checksum (RFC 1071) and its incremental update (RFC 1624, equation 3).
///
/// Sums are kept in network byte order as they lie in memory: one's complement addition does not mind
/// (RFC 1071, section 2B), so nothing is swapped.
namespace sluice::net {

/// A one's complement sum that has not been folded yet.
using Sum = std::uint64_t;

/// Adds `bytes` to `sum`; an odd last byte counts as if a zero followed.
[[nodiscard]] inline Sum sum_of(std::span<const std::byte> bytes, Sum sum = 0) noexcept {
    const std::byte* p = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 4; left -= 4, p += 4) {
        std::uint32_t word = 0;
        std::memcpy(&word, p, 4);
        sum += word;
    }
    if (left >= 2) {
        std::uint16_t word = 0;
        std::memcpy(&word, p, 2);
        sum += word;
        p += 2;
        left -= 2;
    }
    if (left == 1) {
        sum += std::to_integer<std::uint16_t>(*p);  // little endian: the byte is the low half
    }
    return sum;
}

/// Folds a sum to 16 bits; not complemented.
[[nodiscard]] constexpr std::uint16_t folded(Sum sum) noexcept {
    sum = (sum & 0xffffffffU) + (sum >> 32U);
    sum = (sum & 0xffffffffU) + (sum >> 32U);
    sum = (sum & 0xffffU) + (sum >> 16U);
    sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<std::uint16_t>(sum);
}

/// The checksum field for a sum.
[[nodiscard]] constexpr Be16 checksum_from(Sum sum) noexcept {
    return Be16::from_raw(static_cast<std::uint16_t>(~folded(sum) & 0xffffU));
}

/// The sum of TCP's and UDP's pseudo header (RFC 9293, section 3.1). `l4_bytes` in host order.
[[nodiscard]] constexpr Sum pseudo_header_sum(Ipv4Address source, Ipv4Address destination, std::uint8_t protocol,
                                              std::uint32_t l4_bytes) noexcept {
    return Sum{source.value.raw()} + destination.value.raw() + Be16::from_host(protocol).raw() +
           Be32::from_host(l4_bytes).raw();
}

/// What a change of header words does to a checksum, prepared once and applied to any packet that has it.
///
/// `ChecksumDelta().replace(old_address.value, new_address.value).replace(old_port, new_port)`.
class ChecksumDelta {
public:
    constexpr ChecksumDelta() = default;
    constexpr ChecksumDelta& replace(Be16 before, Be16 after) noexcept {
        sum_ += static_cast<std::uint16_t>(~before.raw()) + std::uint32_t{after.raw()};
        return *this;
    }
    constexpr ChecksumDelta& replace(Be32 before, Be32 after) noexcept {
        sum_ += Sum{static_cast<std::uint32_t>(~before.raw())} + after.raw();
        return *this;
    }
    constexpr ChecksumDelta& add(const ChecksumDelta& other) noexcept {
        sum_ += other.sum_;
        return *this;
    }
    /// 16 bits that stand for this delta; see `from_folded`.
    [[nodiscard]] constexpr std::uint16_t folded_sum() const noexcept { return folded(sum_); }
    [[nodiscard]] static constexpr ChecksumDelta from_folded(std::uint16_t sum) noexcept {
        ChecksumDelta delta;
        delta.sum_ = sum;
        return delta;
    }
    /// HC' = ~(~HC + ~m + m')
    [[nodiscard]] constexpr Be16 applied_to(Be16 checksum) const noexcept {
        return Be16::from_raw(
            static_cast<std::uint16_t>(~folded(static_cast<std::uint16_t>(~checksum.raw()) + Sum{folded(sum_)})));
    }

private:
    Sum sum_ = 0;
};

/// Fills in the header checksum of an IPv4 header, options included.
inline void set_header_checksum(Ipv4Header& header) noexcept {
    header.checksum = Be16{};
    header.checksum =
        checksum_from(sum_of({reinterpret_cast<const std::byte*>(&header), header.header_bytes()}));
}

/// True where the header, options included, sums to all ones.
[[nodiscard]] inline bool header_checksum_is_good(const Ipv4Header& header) noexcept {
    return folded(sum_of({reinterpret_cast<const std::byte*>(&header), header.header_bytes()})) == 0xffffU;
}

}  // namespace sluice::net
