// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice::conntrack {

/// What rules see of a packet's connection (-m conntrack --ctstate; the kernel's ctinfo). Whether the packet
/// goes in reply direction stands beside it, in a `Way`.
enum class CtState : std::uint8_t { new_, established, related, invalid, untracked };

/// A set of states, one bit each, for rules.
[[nodiscard]] constexpr std::uint8_t bit(CtState state) noexcept {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(state));
}

/// A direction of a connection: packets like the first one, or the answers.
enum class Way : std::uint8_t { original = 0, reply = 1 };

[[nodiscard]] constexpr Way other(Way way) noexcept {
    return way == Way::original ? Way::reply : Way::original;
}

}  // namespace sluice::conntrack
