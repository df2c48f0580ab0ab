// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/stages/error_limit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace sluice::stages {

namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kSecond = 1000 * kMs;
constexpr ErrorRates kRates;

class ErrorLimitTest : public testing::Test {
protected:
    static net::Ipv4Address host(std::uint32_t number) {
        return net::Ipv4Address::from_host(0x0a000000U + number);
    }

    bool allows(std::uint32_t to, std::uint64_t now_ns, const ErrorRates& rates = kRates,
                std::uint8_t type = 3, std::uint8_t code = 1) {
        return limit_.allows(type, code, host(to), rates, now_ns, random_);
    }
    /// How many of `tries` are allowed, each to the next host, at one instant.
    std::uint32_t spread(std::uint32_t tries, std::uint64_t now_ns, const ErrorRates& rates = kRates) {
        std::uint32_t allowed = 0;
        for (std::uint32_t i = 0; i < tries; ++i) {
            allowed += allows(next_++, now_ns, rates) ? 1U : 0U;
        }
        return allowed;
    }

    ErrorLimit<net::Ipv4> limit_{7};
    base::Random random_{7};
    std::uint32_t next_ = 1000;
};

}  // namespace

/// ICMP-9
TEST_F(ErrorLimitTest, one_destination_gets_six_at_once_and_one_a_second) {
    std::uint32_t allowed = 0;
    for (int i = 0; i < 20; ++i) {
        allowed += allows(1, 0) ? 1U : 0U;
    }
    EXPECT_EQ(allowed, 6U);
    EXPECT_FALSE(allows(1, 900 * kMs));
    EXPECT_TRUE(allows(1, 1000 * kMs));
    EXPECT_FALSE(allows(1, 1100 * kMs));
    EXPECT_TRUE(allows(1, 2000 * kMs));
    EXPECT_TRUE(allows(2, 2000 * kMs)) << "another destination has its own";
    allowed = 0;
    for (int i = 0; i < 20; ++i) {
        allowed += allows(1, 100 * kSecond) ? 1U : 0U;
    }
    EXPECT_EQ(allowed, 6U) << "never more than six saved up";
}

/// ICMP-9
TEST_F(ErrorLimitTest, all_destinations_together_have_a_burst_and_a_rate) {
    const std::uint32_t burst = spread(1000, 0);
    EXPECT_GE(burst, 25U);   // 50 credits, two a message at most
    EXPECT_LE(burst, 100U);  // one a message on average
    std::uint32_t total = 0;
    for (std::uint64_t ms = 20; ms <= 2000; ms += 20) {
        total += spread(200, ms * kMs);
    }
    // 1000 credits a second arrive in portions of 20 ms, and a message costs one on average.
    EXPECT_GT(total, 1600U);
    EXPECT_LT(total, 2600U);
}

/// ICMP-9, SAD DNS: what a message costs is a matter of chance
TEST_F(ErrorLimitTest, the_budget_in_all_cannot_be_counted_along) {
    std::vector<std::uint32_t> seen;
    for (std::uint64_t second = 1; second <= 20; ++second) {
        seen.push_back(spread(300, second * kSecond));
    }
    EXPECT_GT(*std::max_element(seen.begin(), seen.end()), *std::min_element(seen.begin(), seen.end()));
}

TEST_F(ErrorLimitTest, nothing_is_saved_within_a_fiftieth_of_a_second) {
    spread(1000, kSecond);
    EXPECT_EQ(spread(100, kSecond + 19 * kMs), 0U);
    EXPECT_GT(spread(100, kSecond + 20 * kMs), 0U);
}

TEST_F(ErrorLimitTest, only_types_of_the_mask_are_limited_and_fragmentation_needed_never) {
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(allows(1, 0, kRates, 3, 4));
        EXPECT_TRUE(allows(1, 0, kRates, 0, 0)) << "echo replies are not in the default mask";
        EXPECT_TRUE(allows(1, 0, kRates, 5, 1));
    }
    const ErrorRates echo_too = {.ratemask = 1};
    std::uint32_t allowed = 0;
    for (int i = 0; i < 100; ++i) {
        allowed += allows(1, 0, echo_too, 0, 0) ? 1U : 0U;
    }
    EXPECT_EQ(allowed, 6U);
}

TEST_F(ErrorLimitTest, a_rate_limit_of_zero_leaves_the_budget_in_all) {
    const ErrorRates rates = {.ratelimit_ms = 0, .msgs_burst = 1000};
    std::uint32_t allowed = 0;
    for (int i = 0; i < 100; ++i) {
        allowed += allows(1, 0, rates) ? 1U : 0U;
    }
    EXPECT_EQ(allowed, 100U);
}

TEST_F(ErrorLimitTest, errors_about_routes_pay_twice) {
    const auto told = [&](std::uint64_t now_ns) {
        return limit_.allows_route_error(host(1), now_ns) && allows(1, now_ns);
    };
    std::uint32_t count = 0;
    for (int i = 0; i < 20; ++i) {
        count += told(0) ? 1U : 0U;
    }
    EXPECT_EQ(count, 2U);
    EXPECT_FALSE(told(1000 * kMs));
    EXPECT_TRUE(told(3000 * kMs));
}

TEST_F(ErrorLimitTest, workers_share_the_budget_in_all) {
    ErrorLimit<net::Ipv4> quarter(7, 4);
    std::uint32_t allowed = 0;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        allowed += quarter.allows(3, 1, host(i), kRates, 0, random_) ? 1U : 0U;
    }
    EXPECT_GE(allowed, 6U);
    EXPECT_LE(allowed, 30U);
}

/// RES-5: more destinations than the table holds
TEST_F(ErrorLimitTest, a_full_table_forgets_the_least_lately_used) {
    const ErrorRates rates = {.msgs_per_sec = 1'000'000'000, .msgs_burst = 1'000'000'000};
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        EXPECT_TRUE(allows(i, i, rates));
    }
}

}  // namespace sluice::stages
