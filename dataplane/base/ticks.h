// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice::base {

/// Time as connections and timers keep it: 10 ms since start, modulo 2^32 (497 days).
///
/// Compare only by `ticks_until`, which is right as long as two instants lie less than 248 days apart.
using Ticks = std::uint32_t;
inline constexpr Ticks kTicksPerSecond = 100;
inline constexpr std::uint64_t kNsPerTick = 10'000'000;

[[nodiscard]] constexpr Ticks ticks_from_ns(std::uint64_t now_ns) noexcept {
    return static_cast<Ticks>(now_ns / kNsPerTick);
}

/// How many ticks `deadline` lies after `now`; negative when it has passed.
[[nodiscard]] constexpr std::int32_t ticks_until(Ticks deadline, Ticks now) noexcept {
    return static_cast<std::int32_t>(deadline - now);
}

}  // namespace sluice::base
