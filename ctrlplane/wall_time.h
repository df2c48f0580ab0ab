// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>

namespace sluice::ctrlplane {

struct WallTime {
    std::uint64_t utc_ns = 0;  ///< since 1970
    std::int32_t minutes_west = 0;
};

/// The clock on the wall, and the time zone that Linux was told: what its netfilter takes for `--kerneltz`.
/// Asked of the system itself, because the C library no longer hands the zone on.
[[nodiscard]] inline WallTime read_wall_time() noexcept {
    timeval now{};
    struct timezone zone {};
    syscall(SYS_gettimeofday, &now, &zone);
    return {static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
                static_cast<std::uint64_t>(now.tv_usec) * 1'000U,
            zone.tz_minuteswest};
}

}  // namespace sluice::ctrlplane
