// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

/// The first value of an entry of a set: its deadline in ms, 0 for none, and two bits beside it.
namespace sluice::acl::sets {

inline constexpr std::uint64_t kNomatch = std::uint64_t{1} << 63U;
inline constexpr std::uint64_t kBare = std::uint64_t{1} << 62U;  ///< a packet has put it there: it has no comment

[[nodiscard]] constexpr std::uint64_t deadline_of(std::uint64_t state) noexcept { return state & ~(kNomatch | kBare); }
[[nodiscard]] constexpr bool has_ended(std::uint64_t state, std::uint64_t now_ms) noexcept {
    const std::uint64_t deadline = deadline_of(state);
    return deadline != 0 && deadline <= now_ms;
}

/// In a value that holds a MAC: there is one.
inline constexpr std::uint64_t kHasMac = std::uint64_t{1} << 63U;

}  // namespace sluice::acl::sets
