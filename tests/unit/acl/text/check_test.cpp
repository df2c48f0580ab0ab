// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/check.h"

#include <gtest/gtest.h>

#include "parsing.h"

namespace sluice::acl::text {
namespace {

std::string file(std::string_view table, std::string_view lines) {
    return fmt::format("*{}\n{}COMMIT\n", table, lines);
}

// HOOK-4
TEST(Check, a_jump_to_an_unknown_chain_points_at_the_word) {
    EXPECT_EQ(loaded(file("filter",
                          ":proxy - [0:0]\n-A FORWARD -p tcp -j proxxy\n-A FORWARD -g ACCEPT\n"
                          "-A FORWARD -j acept\n-A FORWARD -j INPUT\n")),
              "3:22: 'proxxy' is neither a target nor a chain of table 'filter'; did you mean 'proxy'?\n"
              "4:15: 'ACCEPT' is neither a target nor a chain of table 'filter'\n"
              "5:15: 'acept' is neither a target nor a chain of table 'filter'; did you mean 'ACCEPT'?\n"
              "6:15: cannot jump to 'INPUT': it is a built-in chain\n");
}

// HOOK-4
TEST(Check, a_loop_is_told_with_the_chains_it_goes_through) {
    EXPECT_EQ(loaded(file("filter",
                          ":a - [0:0]\n:b - [0:0]\n:c - [0:0]\n-A FORWARD -j a\n-A a -j b\n-A b -g c\n"
                          "-A c -j a\n-A b -j b\n")),
              "8:9: chain 'a' jumps to itself through 'b' and 'c'\n"
              "9:9: chain 'b' jumps to itself\n");
}

TEST(Check, a_loop_that_no_packet_reaches_is_taken_as_the_kernel_takes_it) {
    EXPECT_EQ(loaded(file("filter", ":a - [0:0]\n-A a -j a\n")),
              "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:a - [0:0]\n"
              "[0:0] -A a -j a\nCOMMIT\n");
}

// NAT-4
TEST(Check, a_target_is_refused_in_chains_that_the_wrong_hook_reaches) {
    EXPECT_EQ(loaded(file("nat",
                          ":u - [0:0]\n-A u -p tcp -j DNAT --to-destination 10.0.0.1:80\n-A PREROUTING -j u\n"
                          "-A POSTROUTING -j u\n-A INPUT -j MASQUERADE\n")),
              "3:16: DNAT may stand in PREROUTING, OUTPUT only, but this chain is reached from POSTROUTING\n"
              "6:13: MASQUERADE may stand in POSTROUTING only, not in INPUT\n");
}

TEST(Check, any_depth_of_jumps_is_walked) {
    std::string lines;
    for (int i = 0; i < 20'000; ++i) {
        lines += fmt::format(":c{} - [0:0]\n", i);
    }
    lines += "-A FORWARD -j c0\n";
    for (int i = 0; i + 1 < 20'000; ++i) {
        lines += fmt::format("-A c{} -j c{}\n", i, i + 1);
    }
    EXPECT_TRUE(parse_save_file<V4>(file("filter", lines), "deep").has_value());
}

}  // namespace
}  // namespace sluice::acl::text
