// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

/// The system calls of a worker that rests; apart, so that the packet path's objects hold none.
namespace sluice::worker {

/// Sleeps, with the precision that `sharpen_timers` has asked for.
void sleep_us(std::uint32_t microseconds) noexcept;

/// Asks the kernel to wake this thread when it says, not up to 50 microseconds later. Threads: the one that sleeps.
void sharpen_timers() noexcept;

}  // namespace sluice::worker
