// SPDX-License-Identifier: BSD-3-Clause
//
// Marks of packets and connections: targets that change what the rules behind them ask. World runs each packet with and
// without the short way and compares, so a path whose effects are not those of the rules shows as a difference.
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

PacketBuilder query() { return packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53); }
PacketBuilder answer() { return packet().ip("8.8.8.8", "10.0.0.5").udp(53, 4000); }

TEST(Marks, a_mark_that_hangs_on_the_packet_decides_further_on_and_keeps_the_short_way) {  // TGT-2
    World world(gateway(R"(
[firewall.mangle]
PREROUTING = ["-m length --length 100:65535 -j MARK --set-mark 7", "-m length --length 200:65535 -j MARK --or-mark 8"]
[firewall.filter]
FORWARD = ["-m mark --mark 7 -j ACCEPT", "-m mark --mark 15 -j DROP", "-m mark ! --mark 0 -j DROP"]
)"));
    for (int i = 0; i < 6; ++i) {
        world.send("lan", query().payload_size(10));
        world.send("lan", query().payload_size(100));
        world.send("lan", query().payload_size(300));
    }
    EXPECT_EQ(world.take_all().size(), 12U);
    EXPECT_EQ(world.count_of("--mark 0x7 "), "[6:768]");
    EXPECT_EQ(world.count_of("--mark 0xf "), "[6:1968]");
    EXPECT_GT(world.short_way_packets(), 8U);
}

TEST(Marks, a_connections_mark_is_seen_by_the_next_packet_of_the_same_burst) {  // TGT-3, CT-2
    World world(gateway(R"(
[firewall.mangle]
PREROUTING  = ["-m connmark --mark 1 -m length --length 50:60 -j DROP"]
POSTROUTING = ["-m length --length 100:65535 -j CONNMARK --set-mark 1"]
)"));
    for (int i = 0; i < 3; ++i) {
        world.send("lan", query());
        world.send("wan", answer());
    }
    world.take_all();
    // The second packet marks the connection at the last hook; the third meets that at the first.
    std::vector<PacketBuilder> burst = {query().payload_size(25), query().payload_size(100), query().payload_size(25)};
    world.send_burst("lan", burst);
    EXPECT_EQ(world.take_all().size(), 2U);
    EXPECT_EQ(world.count_of("--set-xmark 0x1"), "[1:128]");
    EXPECT_EQ(world.count_of("--mark 0x1"), "[1:53]");
}

TEST(Marks, save_and_restore_carry_a_mark_to_the_other_direction) {
    World world(gateway(R"(
[firewall.mangle]
PREROUTING = ["-j CONNMARK --restore-mark", "-m mark --mark 5 -j ACCEPT", "-i lan -j MARK --set-mark 5",
              "-j CONNMARK --save-mark"]
[firewall.filter]
FORWARD = ["-i wan -m mark ! --mark 5 -j DROP"]
)"));
    world.send("wan", answer());  // nobody has marked it
    world.expect_nothing_more();
    world.send("lan", query());
    world.take_all();
    for (int i = 0; i < 5; ++i) {
        world.send("wan", answer());
        world.send("lan", query());
    }
    EXPECT_EQ(world.take_all().size(), 10U);
    EXPECT_GT(world.short_way_packets(), 5U);
}

TEST(Marks, raw_drops_before_conntrack_and_its_marks_reach_the_rules_behind) {  // HOOK-2
    World world(gateway(R"(
[firewall.raw]
PREROUTING = ["-s 10.0.0.6 -j DROP", "-m length --length 100:65535 -j MARK --set-mark 3",
              "-m conntrack --ctstate INVALID"]
[firewall.filter]
FORWARD = ["-m mark --mark 3 -j DROP"]
)"));
    world.send("lan", packet().ip("10.0.0.6", "8.8.8.8").udp(4000, 53));
    for (int i = 0; i < 4; ++i) {
        world.send("lan", query());
        world.send("wan", answer());
        world.send("lan", query().payload_size(100));
    }
    EXPECT_EQ(world.take_all().size(), 8U);
    EXPECT_EQ(world.count_of("--ctstate INVALID"), "[12:736]");
    EXPECT_EQ(world.count_of("--mark 0x3"), "[4:512]");
}

}  // namespace
}  // namespace sluice::test
