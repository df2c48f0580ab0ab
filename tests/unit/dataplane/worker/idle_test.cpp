// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "dataplane/worker/clock.h"
#include "dataplane/worker/idle.h"

namespace sluice::worker {
namespace {

TEST(Idle, spin_never_rests) {
    Idle idle(IdlePolicy::spin);
    for (int i = 0; i < 1000; ++i) {
        const Idle::Rest rest = idle.after(false);
        EXPECT_FALSE(rest.pause);
        EXPECT_EQ(rest.sleep_us, 0U);
    }
}

TEST(Idle, pause_never_sleeps) {
    Idle idle(IdlePolicy::pause);
    for (int i = 0; i < 1000; ++i) {
        EXPECT_TRUE(idle.after(false).pause);
    }
    EXPECT_FALSE(idle.after(true).pause);
}

TEST(Idle, sleep_grows_to_its_limit_and_begins_anew_with_traffic) {
    Idle idle(IdlePolicy::sleep);
    for (std::uint32_t i = 1; i < Idle::kPollsBefore; ++i) {
        EXPECT_TRUE(idle.after(false).pause);
    }
    EXPECT_EQ(idle.after(false).sleep_us, 20U);
    EXPECT_EQ(idle.after(false).sleep_us, 40U);
    EXPECT_EQ(idle.after(false).sleep_us, 80U);
    EXPECT_EQ(idle.after(false).sleep_us, 120U);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(idle.after(false).sleep_us, Idle::kLongestSleepUs);
    }
    EXPECT_EQ(idle.after(true).sleep_us, 0U);
    EXPECT_TRUE(idle.after(false).pause);
}

TEST(Clock, counts_nanoseconds_since_its_start_without_overflow) {
    const Clock clock(1000, 2'300'000'000);
    EXPECT_EQ(clock.ns_at(1000), 0U);
    EXPECT_EQ(clock.ns_at(1000 + 2'300'000'000), 1'000'000'000U);
    EXPECT_EQ(clock.ns_at(1000 + 23), 10U);
    const std::uint64_t ten_years_s = 315'360'000;
    EXPECT_EQ(clock.ns_at(1000 + ten_years_s * 2'300'000'000), ten_years_s * 1'000'000'000);
}

}  // namespace
}  // namespace sluice::worker
