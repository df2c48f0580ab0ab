// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/packet/fragment_map.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "dataplane/base/random.h"

namespace sluice::packet {

namespace {

using Answer = FragmentMap::Answer;

std::unique_ptr<FragmentMap> empty_map() {
    auto map = std::make_unique<FragmentMap>();
    map->clear(true);
    return map;
}

/// The kernel's way: an ordered set of runs, where only a fragment that begins at the end of the furthest
/// lengthens a run.
class Runs {
public:
    Answer enter(std::uint32_t begin, std::uint32_t end) {
        for (const auto& [run_begin, run_end] : runs_) {
            if (end > run_begin && begin < run_end) {
                return begin >= run_begin && end <= run_end ? Answer::duplicate : Answer::overlap;
            }
        }
        if (!runs_.empty() && begin == runs_.rbegin()->second) {
            runs_.rbegin()->second = end;
        } else {
            runs_[begin] = end;
        }
        return Answer::fresh;
    }

private:
    std::map<std::uint32_t, std::uint32_t> runs_;
};

}  // namespace

TEST(FragmentMap, pieces_side_by_side_are_fresh) {
    const auto map = empty_map();
    EXPECT_EQ(map->enter(0, 175), Answer::fresh);
    EXPECT_EQ(map->enter(350, 400), Answer::fresh);
    EXPECT_EQ(map->enter(175, 350), Answer::fresh);
}

TEST(FragmentMap, the_same_piece_again_is_a_duplicate) {
    const auto map = empty_map();
    EXPECT_EQ(map->enter(10, 20), Answer::fresh);
    EXPECT_EQ(map->enter(10, 20), Answer::duplicate);
    EXPECT_EQ(map->enter(12, 15), Answer::duplicate);
}

TEST(FragmentMap, a_piece_across_an_edge_overlaps) {
    const auto map = empty_map();
    EXPECT_EQ(map->enter(10, 20), Answer::fresh);
    EXPECT_EQ(map->enter(9, 11), Answer::overlap);
    EXPECT_EQ(map->enter(19, 21), Answer::overlap);
    EXPECT_EQ(map->enter(5, 30), Answer::overlap);
}

TEST(FragmentMap, a_piece_over_two_that_came_in_order_is_a_duplicate_and_out_of_order_it_overlaps) {
    const auto in_order = empty_map();
    EXPECT_EQ(in_order->enter(0, 10), Answer::fresh);
    EXPECT_EQ(in_order->enter(10, 20), Answer::fresh);
    EXPECT_EQ(in_order->enter(5, 15), Answer::duplicate);
    const auto reversed = empty_map();
    EXPECT_EQ(reversed->enter(10, 20), Answer::fresh);
    EXPECT_EQ(reversed->enter(0, 10), Answer::fresh);
    EXPECT_EQ(reversed->enter(5, 15), Answer::overlap);
}

TEST(FragmentMap, a_cleared_map_has_forgotten_all) {
    const auto map = empty_map();
    EXPECT_EQ(map->enter(0, FragmentMap::kUnits), Answer::fresh);
    map->clear(false);
    EXPECT_EQ(map->enter(8000, FragmentMap::kUnits), Answer::fresh);
    EXPECT_EQ(map->enter(0, 1), Answer::fresh);
}

/// FRAG-2: the same answers as the kernel's tree of runs, for random pieces
TEST(FragmentMap, answers_as_a_tree_of_runs_would) {
    base::Random random(7);
    for (int round = 0; round < 300; ++round) {
        const auto map = empty_map();
        Runs runs;
        const std::uint32_t size = 8U + random.below(300);
        for (int step = 0; step < 60; ++step) {
            const std::uint32_t begin = random.below(size);
            const std::uint32_t end = begin + 1U + random.below(12);
            ASSERT_EQ(map->enter(begin, end), runs.enter(begin, end))
                << "round " << round << " step " << step;
        }
    }
}

}  // namespace sluice::packet
