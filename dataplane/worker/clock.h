// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice::worker {

/// The workers' clock: nanoseconds since the router began, from the processor's time-stamp counter.
///
/// One for all, so that what a worker stamps can be compared by the control thread. Constant counters only, as
/// DPDK's own timers. Units: ns. Cost: two divisions, once a poll.
class Clock {
public:
    constexpr Clock(std::uint64_t start_tsc, std::uint64_t tsc_hz) noexcept : start_(start_tsc), hz_(tsc_hz) {}

    [[nodiscard]] constexpr std::uint64_t ns_at(std::uint64_t tsc) const noexcept {
        const std::uint64_t since = tsc - start_;
        return since / hz_ * kNsPerSecond + since % hz_ * kNsPerSecond / hz_;
    }

private:
    static constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
    std::uint64_t start_;
    std::uint64_t hz_;
};

}  // namespace sluice::worker
