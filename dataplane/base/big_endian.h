// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <compare>
#include <concepts>
#include <cstdint>

namespace sluice::base {

/// An unsigned integer in network byte order, as it stands in a header or a tuple.
///
/// There is no implicit way from or to an integer: `from_host` and `host` say where the swap is. Equality
/// compares the wire form; order compares the value, so that ranges sort as an operator expects.
template <std::unsigned_integral T>
class BigEndian {
public:
    constexpr BigEndian() = default;

    [[nodiscard]] static constexpr BigEndian from_host(T value) noexcept { return from_raw(swapped(value)); }
    /// Takes the integer as it was read from the wire, unswapped.
    [[nodiscard]] static constexpr BigEndian from_raw(T raw) noexcept {
        BigEndian result;
        result.raw_ = raw;
        return result;
    }
    [[nodiscard]] constexpr T host() const noexcept { return swapped(raw_); }
    /// The integer as it lies in memory; for hashing and for sums in network order (RFC 1071, section 2B).
    [[nodiscard]] constexpr T raw() const noexcept { return raw_; }

    constexpr bool operator==(const BigEndian&) const = default;
    constexpr auto operator<=>(const BigEndian& other) const noexcept { return host() <=> other.host(); }

private:
    static constexpr T swapped(T value) noexcept {
        if constexpr (std::endian::native == std::endian::big || sizeof(T) == 1) {
            return value;
        } else if constexpr (sizeof(T) == 2) {
            return __builtin_bswap16(value);
        } else if constexpr (sizeof(T) == 4) {
            return __builtin_bswap32(value);
        } else {
            return __builtin_bswap64(value);
        }
    }

    T raw_{};
};

using Be16 = BigEndian<std::uint16_t>;
using Be32 = BigEndian<std::uint32_t>;

}  // namespace sluice::base
