// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice::conntrack {

/// What a packet is to its connection, as `--ctstate` asks it (the kernel's ctinfo without the direction).
enum class CtState : std::uint8_t { new_, established, related, invalid, untracked };

/// A set of states, one bit each, for rules.
[[nodiscard]] constexpr std::uint8_t bit(CtState state) noexcept {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(state));
}

/// The side a packet comes from: original is the side that opened the connection.
enum class Dir : std::uint8_t { original = 0, reply = 1 };
[[nodiscard]] constexpr Dir opposite(Dir dir) noexcept { return dir == Dir::original ? Dir::reply : Dir::original; }

}  // namespace sluice::conntrack
