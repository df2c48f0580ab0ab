// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/expectations.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace sluice::conntrack {
namespace {

using net::Ipv4;
using net::Ipv4Address;

constexpr ExpectPolicy kTwo{.most = 2, .timeout_s = 10};
constexpr auto kAll = [](const Expectation<Ipv4>&) { return true; };

net::Tuple<Ipv4> tuple(std::uint32_t source, std::uint16_t source_port, std::uint32_t destination, std::uint16_t port) {
    net::Tuple<Ipv4> made{};
    made.source = Ipv4Address::from_host(source);
    made.destination = Ipv4Address::from_host(destination);
    made.source_port = base::Be16::from_host(source_port);
    made.destination_port = base::Be16::from_host(port);
    made.protocol = net::kProtocolTcp;
    return made;
}

Expectation<Ipv4> expectation(std::uint32_t source, std::uint16_t port, std::uint32_t master = 1) {
    Expectation<Ipv4> made;
    made.tuple = tuple(source, 0, 9, port);
    made.any_source = source == 0;
    made.master = master;
    made.expected_by = HelperId::ftp;
    return made;
}

class ExpectationsTest : public testing::Test {  // ALG-2, RES-3
protected:
    base::Random random_{7};
    std::unique_ptr<Expectations<Ipv4>> expected_ = Expectations<Ipv4>::create_expectations(64, random_).value();
    Help help_{};
    Help other_help_{};
    base::Ticks now_ = 1000;

    ExpectResult add(const Expectation<Ipv4>& one) { return expected_->add(help_, one, kTwo, now_); }
    bool claim(std::uint32_t source, std::uint16_t port) {
        return expected_->claim(tuple(source, 4444, 9, port), now_, kAll).has_value();
    }
};

TEST_F(ExpectationsTest, is_claimed_once_by_what_fits) {
    EXPECT_TRUE(expected_->empty());
    ASSERT_EQ(add(expectation(5, 80)), ExpectResult::added);
    EXPECT_EQ(expected_->count(), 1U);
    EXPECT_FALSE(claim(6, 80));
    EXPECT_FALSE(claim(5, 81));
    EXPECT_TRUE(expected_->find(tuple(5, 1, 9, 80), now_));
    EXPECT_TRUE(claim(5, 80));
    EXPECT_FALSE(claim(5, 80));
    EXPECT_TRUE(expected_->empty());
}

TEST_F(ExpectationsTest, any_source_and_a_source_port) {
    ASSERT_EQ(add(expectation(0, 80)), ExpectResult::added);
    Expectation<Ipv4> ported = expectation(5, 81);
    ported.any_source_port = false;
    ported.tuple.source_port = base::Be16::from_host(20);
    ASSERT_EQ(add(ported), ExpectResult::added);
    EXPECT_TRUE(claim(77, 80));
    EXPECT_FALSE(claim(5, 81));
    EXPECT_TRUE(expected_->claim(tuple(5, 20, 9, 81), now_, kAll));
}

TEST_F(ExpectationsTest, what_clashes_is_refused_unless_it_is_the_same_of_the_same) {
    ASSERT_EQ(add(expectation(5, 80)), ExpectResult::added);
    EXPECT_EQ(expected_->add(other_help_, expectation(0, 80, 2), kTwo, now_), ExpectResult::taken);
    EXPECT_EQ(expected_->add(other_help_, expectation(5, 80, 2), kTwo, now_), ExpectResult::taken);
    EXPECT_EQ(expected_->add(other_help_, expectation(6, 80, 2), kTwo, now_), ExpectResult::added);
    EXPECT_EQ(add(expectation(5, 80)), ExpectResult::added);
    EXPECT_EQ(expected_->count(), 2U);
    Expectation<Ipv4> of_another_class = expectation(5, 80);
    of_another_class.expect_class = 1;
    EXPECT_EQ(add(of_another_class), ExpectResult::known);
    EXPECT_EQ(expected_->add(other_help_, expectation(5, 80, 2), kTwo, now_, true), ExpectResult::known);
}

TEST_F(ExpectationsTest, the_oldest_makes_room) {
    ASSERT_EQ(add(expectation(5, 80)), ExpectResult::added);
    ASSERT_EQ(add(expectation(5, 81)), ExpectResult::added);
    ASSERT_EQ(add(expectation(5, 82)), ExpectResult::added);
    EXPECT_EQ(expected_->count(), 2U);
    EXPECT_FALSE(claim(5, 80));
    EXPECT_TRUE(claim(5, 81));
    EXPECT_TRUE(claim(5, 82));
}

TEST_F(ExpectationsTest, ends_with_its_time_and_with_its_master) {
    ASSERT_EQ(add(expectation(5, 80)), ExpectResult::added);
    now_ += 10 * base::kTicksPerSecond;
    EXPECT_FALSE(claim(5, 80));
    ASSERT_EQ(expected_->add(other_help_, expectation(5, 80, 2), kTwo, now_), ExpectResult::added);
    expected_->sweep(now_);
    EXPECT_EQ(expected_->count(), 1U);
    expected_->forget(other_help_, 2);
    EXPECT_TRUE(expected_->empty());
    ASSERT_EQ(add(expectation(5, 81)), ExpectResult::added);
    EXPECT_FALSE(expected_->claim(tuple(5, 1, 9, 81), now_, [](const auto&) { return false; }));
    EXPECT_EQ(expected_->clear(), 1U);
}

TEST_F(ExpectationsTest, is_bounded_in_all) {
    std::vector<Help> helps(80);
    unsigned added = 0;
    for (std::uint32_t i = 0; i < helps.size(); ++i) {
        added += expected_->add(helps[i], expectation(5, static_cast<std::uint16_t>(i), i), kTwo, now_) == ExpectResult::added ? 1U : 0U;
    }
    EXPECT_EQ(added, 64U);
    now_ += 10 * base::kTicksPerSecond;
    EXPECT_EQ(add(expectation(5, 7)), ExpectResult::added) << "those whose time is over make room";
}

TEST_F(ExpectationsTest, permanent_ones_stay_and_inactive_ones_are_only_known_of) {
    Expectation<Ipv4> permanent = expectation(5, 80);
    permanent.permanent = true;
    Expectation<Ipv4> inactive = expectation(5, 81);
    inactive.inactive = true;
    ASSERT_EQ(add(permanent), ExpectResult::added);
    ASSERT_EQ(add(inactive), ExpectResult::added);
    EXPECT_TRUE(claim(5, 80));
    EXPECT_TRUE(claim(5, 80));
    EXPECT_FALSE(claim(5, 81));
    expected_->change_each(help_, 1, [](Expectation<Ipv4>& each) { return std::exchange(each.inactive, false); });
    EXPECT_TRUE(claim(5, 81));
}

TEST(SequenceShift, the_last_change_holds_behind_its_place_and_the_sum_of_those_before_elsewhere) {  // ALG-3
    SharedShift shared{};
    ASSERT_TRUE(shared.add(1000, 5));
    Shift shift = shared.read().value();
    EXPECT_EQ(shift.of_sequence(1000), 0U);
    EXPECT_EQ(shift.of_sequence(1001), 5U);
    ASSERT_TRUE(shared.add(1000, 5));  // sent again
    EXPECT_EQ(shared.read().value(), shift);
    ASSERT_TRUE(shared.add(2000, -7));
    shift = shared.read().value();
    EXPECT_EQ(shift.of_sequence(2000), 5U);
    EXPECT_EQ(shift.of_sequence(2001), static_cast<std::uint32_t>(-2));
    EXPECT_EQ(shift.of_acknowledgement(2005), 5U);
    EXPECT_EQ(shift.of_acknowledgement(2006), static_cast<std::uint32_t>(-2));
    EXPECT_EQ(shift.of_sequence(0xffffff00U), 5U);
}

}  // namespace
}  // namespace sluice::conntrack
