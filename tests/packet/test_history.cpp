// SPDX-License-Identifier: BSD-3-Clause
//
// Matches whose asking counts, on remembered paths: each packet counts once, whichever ways were tried. World runs each
// packet with and without the short way and compares frames and counters.
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

PacketBuilder query() { return packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53); }

TEST(History, every_third_packet_of_a_connection_on_the_short_way) {  // MAT-4
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m statistic --mode nth --every 3 --packet 0 -m length --length 100:65535 -j DROP",
           "-m statistic --mode nth --every 2 --packet 1"]
)"));
    for (int i = 0; i < 30; ++i) {
        world.send("lan", query().payload_size(i % 2 == 0 ? 10 : 100));
    }
    // Of 30 packets every third counts for the first rule's first match; those at odd places among them are long.
    EXPECT_EQ(world.take_all().size(), 25U);
    EXPECT_EQ(world.count_of("--every 3"), "[5:640]");
    EXPECT_EQ(world.count_of("--every 2"), "[12:906]");
    EXPECT_GT(world.short_way_packets(), 10U);
}

TEST(History, a_burst_is_let_through_and_then_one_a_second) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m limit --limit 1/second --limit-burst 4 -j ACCEPT", "-j DROP"]
)"));
    for (int second = 0; second < 5; ++second) {
        for (int i = 0; i < 10; ++i) {
            world.send("lan", query());
        }
        EXPECT_EQ(world.take_all().size(), second == 0 ? 4U : 1U) << second;
        world.pass(1);
    }
    EXPECT_EQ(world.count_of("--limit 1/sec"), "[8:224]");
}

TEST(History, few_a_day_with_a_burst) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m limit --limit 1/day --limit-burst 3 -j ACCEPT", "-j DROP"]
)"));
    for (int i = 0; i < 5; ++i) {
        world.send("lan", query());
    }
    EXPECT_EQ(world.take_all().size(), 3U);
}

TEST(History, a_quota_ends_for_good_with_the_packet_that_goes_beyond_it) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m quota --quota 300 -j ACCEPT", "-j DROP"]
)"));
    for (const int size : {72, 72, 172, 10, 10}) {
        world.send("lan", query().payload_size(static_cast<std::size_t>(size)));
    }
    EXPECT_EQ(world.take_all().size(), 2U);
    EXPECT_EQ(world.count_of("--quota 300"), "[2:200]");
}

}  // namespace
}  // namespace sluice::test
