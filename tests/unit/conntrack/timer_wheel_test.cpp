// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/timer_wheel.h"

#include <gtest/gtest.h>

#include <vector>

#include "dataplane/base/random.h"

namespace sluice::conntrack {
namespace {

struct Nodes {
    std::vector<WheelLinks>* links;
    WheelLinks& operator()(std::uint32_t index) const noexcept { return (*links)[index]; }
};

class WheelTest : public testing::Test {
protected:
    static constexpr std::uint32_t kEntries = 2000;
    std::vector<WheelLinks> links_ = std::vector<WheelLinks>(kEntries);
    std::vector<Ticks> deadline_ = std::vector<Ticks>(kEntries);
    std::vector<Ticks> ended_ = std::vector<Ticks>(kEntries);
    TimerWheel<Nodes> wheel_{Nodes{&links_}};

    void arm(std::uint32_t index, Ticks deadline) {
        deadline_[index] = deadline;
        wheel_.insert(index, deadline);
    }
    unsigned advance(Ticks now, unsigned budget = 1'000'000) {
        return wheel_.advance(now, budget, [&](std::uint32_t index) -> std::optional<Ticks> {
            if (base::ticks_until(deadline_[index], now) > 0) {
                return deadline_[index];
            }
            ended_[index] = now;
            return std::nullopt;
        });
    }
};

TEST_F(WheelTest, ends_each_entry_within_a_second_of_its_deadline_and_never_before) {
    base::Random random(7);
    // starts shortly before the clock wraps, so that it wraps on the way
    const Ticks start = 0xffffffffU - 50'000;
    wheel_.set_clock(start);
    for (std::uint32_t i = 0; i < kEntries; ++i) {
        arm(i, start + 1 + random.below(i % 3 == 0 ? 500 : (i % 3 == 1 ? 20'000 : 3'000'000)));
    }
    for (Ticks passed = 0; passed <= 3'001'000; passed += 37) {
        advance(start + passed);
    }
    EXPECT_EQ(wheel_.size(), 0U);
    for (std::uint32_t i = 0; i < kEntries; ++i) {
        const auto late = base::ticks_until(ended_[i], deadline_[i]);
        EXPECT_GE(late, 0) << i;
        EXPECT_LE(late, 100) << i;
    }
}

TEST_F(WheelTest, looks_again_at_what_was_prolonged_meanwhile) {
    wheel_.set_clock(1000);
    arm(1, 2000);
    deadline_[1] = 9000;
    advance(2100);
    EXPECT_EQ(wheel_.size(), 1U);
    advance(8999);
    EXPECT_EQ(wheel_.size(), 1U);
    advance(9100);
    EXPECT_EQ(wheel_.size(), 0U);
}

// RES-6
TEST_F(WheelTest, does_no_more_than_its_budget_at_once_and_loses_nothing) {
    wheel_.set_clock(0);
    for (std::uint32_t i = 0; i < kEntries; ++i) {
        arm(i, 500'000);  // one slot of the second level
    }
    unsigned calls = 0;
    while (wheel_.size() != 0) {
        EXPECT_LE(advance(500'100, 64), 64U);
        ASSERT_LT(++calls, 1000U);
    }
    EXPECT_GE(calls, kEntries / 64);
}

TEST_F(WheelTest, takes_entries_out_of_any_place_in_a_slot) {
    wheel_.set_clock(0);
    for (std::uint32_t i = 0; i < 5; ++i) {
        arm(i, 300);
    }
    for (const std::uint32_t i : {2U, 4U, 0U}) {
        EXPECT_TRUE(wheel_.holds(i));
        wheel_.remove(i);
        EXPECT_FALSE(wheel_.holds(i));
    }
    EXPECT_EQ(advance(400), 2U);
    EXPECT_EQ(ended_[1], 400U);
    EXPECT_EQ(ended_[3], 400U);
}

TEST_F(WheelTest, keeps_deadlines_beyond_its_reach) {
    wheel_.set_clock(0);
    const Ticks far = 60U * 24 * 3600 * 100;  // 60 days
    arm(1, far);
    for (Ticks now = 0; now < far; now += 360'000) {
        advance(now);
        ASSERT_EQ(wheel_.size(), 1U);
    }
    advance(far + 100);
    EXPECT_EQ(wheel_.size(), 0U);
}

}  // namespace
}  // namespace sluice::conntrack
