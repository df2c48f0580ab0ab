// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/nearest.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace sluice::ctrlplane::config {
namespace {

TEST(EditDistance, counts_letters_added_left_out_replaced_and_swapped) {
    EXPECT_EQ(edit_distance("wan", "wan"), 0U);
    EXPECT_EQ(edit_distance("wan", "wlan"), 1U);
    EXPECT_EQ(edit_distance("wlan", "wan"), 1U);
    EXPECT_EQ(edit_distance("wan", "lan"), 1U);
    EXPECT_EQ(edit_distance("wan", "wna"), 1U);
    EXPECT_EQ(edit_distance("", "wan"), 3U);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(EditDistance, of_endless_words_is_bounded) {
    EXPECT_EQ(edit_distance(std::string(1'000'000, 'a'), std::string(1'000'000, 'b')), 64U);
}

TEST(Nearest, is_the_first_of_the_closest) {
    constexpr std::array<std::string_view, 3> kKnown = {"memory", "metrics", "idle"};
    EXPECT_EQ(nearest("metric", kKnown), "metrics");
    EXPECT_EQ(nearest("idel", kKnown), "idle");
    EXPECT_EQ(nearest("x", {}), "");
    EXPECT_EQ(nearest_hint("metric", kKnown), "; the nearest known one is \"metrics\"");
    EXPECT_EQ(nearest_hint("metric", {}), "");
}

}  // namespace
}  // namespace sluice::ctrlplane::config
