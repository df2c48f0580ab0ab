// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/worker/rest.h"

#include <sys/prctl.h>
#include <time.h>

namespace sluice::worker {

void sleep_us(std::uint32_t microseconds) noexcept {
    const timespec time{.tv_sec = 0, .tv_nsec = static_cast<long>(microseconds) * 1000};
    nanosleep(&time, nullptr);
}

void sharpen_timers() noexcept { prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); }

}  // namespace sluice::worker
