// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_cycles.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <vector>

namespace sluice::pktgen {

/// CPU time of this thread, in cycles of the time stamp counter: what another process takes away does not count.
class Stopwatch {
public:
    Stopwatch() : cycles_per_ns_(static_cast<double>(rte_get_tsc_hz()) / 1e9) {}

    void start() noexcept { began_ = now_ns(); }
    [[nodiscard]] double cycles() const noexcept {
        return static_cast<double>(now_ns() - began_) * cycles_per_ns_;
    }

private:
    static std::int64_t now_ns() noexcept {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    }

    double cycles_per_ns_;
    std::int64_t began_ = 0;
};

/// The value below which `share` of the samples lie. In: 0 to 1; at least one sample.
[[nodiscard]] inline double percentile(std::vector<double> samples, double share) {
    std::sort(samples.begin(), samples.end());
    const auto last = static_cast<double>(samples.size() - 1);
    return samples[static_cast<std::size_t>(share * last + 0.5)];
}

}  // namespace sluice::pktgen
