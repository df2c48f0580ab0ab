// SPDX-License-Identifier: BSD-3-Clause
//
// Labels of connections. World runs each packet with and without the short way and compares.
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

PacketBuilder query() { return packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53); }
PacketBuilder answer() { return packet().ip("8.8.8.8", "10.0.0.5").udp(53, 4000); }

TEST(Labels, one_that_a_packet_sets_is_seen_behind_it_by_later_packets_and_by_answers) {  // MAT-7
    World world(gateway(R"(
[firewall.mangle]
PREROUTING = ["-m connlabel --label 5 -m length --length 50:60 -j DROP"]
FORWARD = ["-m connlabel --label 127", "-m length --length 100:65535 -m connlabel --label 5 --set",
           "-m connlabel ! --label 5", "-m connlabel ! --label 127 --set"]
[firewall.filter]
FORWARD = ["-i wan -m connlabel --label 5"]
)"));
    for (int i = 0; i < 4; ++i) {
        world.send("lan", query());
        world.send("wan", answer());
    }
    EXPECT_EQ(world.count_of("! --label \"5\""), "[8:224]");
    world.send_burst("lan", {query().payload_size(25), query().payload_size(100), query().payload_size(25)});
    for (int i = 0; i < 4; ++i) {
        world.send("lan", query());
        world.send("wan", answer());
    }
    EXPECT_EQ(world.take_all().size(), 18U);
    EXPECT_EQ(world.count_of("--length 50:60"), "[1:53]");
    EXPECT_EQ(world.count_of("--label \"5\" --set"), "[1:128]");
    EXPECT_EQ(world.count_of("! --label \"5\""), "[9:277]");
    EXPECT_EQ(world.count_of("-A FORWARD -m connlabel --label \"127\""), "[17:601]");
    EXPECT_EQ(world.count_of("! --label \"127\" --set"), "[0:0]");
    EXPECT_EQ(world.count_of("-A FORWARD -i wan -m connlabel --label \"5\""), "[4:112]");
    EXPECT_GT(world.short_way_packets(), 4U);
}

TEST(Labels, are_set_where_the_rules_behind_drop_the_packet_too_and_not_seen_in_front) {  // MAT-7
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-s 10.0.0.5 -m connlabel --label 1 -j ACCEPT", "-m ttl --ttl-lt 60 -m connlabel --label 1 --set",
           "-m length --length 100:65535 -j DROP"]
)"));
    for (int i = 0; i < 4; ++i) {
        world.send("lan", query());
        world.send("lan", packet().ip("10.0.0.6", "8.8.8.8").udp(4000, 53).ttl(40));
    }
    world.send("lan", query().ttl(40).payload_size(100));
    world.send("lan", query().ttl(40).payload_size(100));
    EXPECT_EQ(world.count_of("-s 10.0.0.5/32"), "[1:128]");
    EXPECT_EQ(world.count_of("-j DROP"), "[1:128]");
}

TEST(Labels, a_connection_from_before_the_rule_has_none_and_gets_none) {
    World world(gateway());
    world.send("lan", query());
    const std::string labels = gateway(R"(
[firewall.filter]
FORWARD = ["-m connlabel --label 5 --set", "-m connlabel ! --label 5 --set"]
)");
    world.reload(labels);
    world.send("lan", query());
    EXPECT_EQ(world.count_of("-m connlabel --label"), "[0:0]");
    EXPECT_EQ(world.count_of("! --label"), "[1:28]");
    world.send("lan", packet().ip("10.0.0.6", "8.8.8.8").udp(4000, 53));
    EXPECT_EQ(world.count_of("-m connlabel --label"), "[1:28]");
    EXPECT_EQ(world.count_of("! --label"), "[1:28]");
    // Without a rule that speaks of them they stay, for the next that does.
    world.reload(gateway());
    world.send("lan", packet().ip("10.0.0.6", "8.8.8.8").udp(4000, 53));
    world.reload(gateway(R"(
[firewall.filter]
FORWARD = ["-m connlabel --label 5"]
)"));
    world.send("lan", packet().ip("10.0.0.6", "8.8.8.8").udp(4000, 53));
    EXPECT_EQ(world.count_of("--label"), "[1:28]");
}

TEST(Labels, end_with_their_connection) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m connlabel --label 5", "-m connlabel --label 5 --set", "-p icmp -m connlabel --label 5"]
)"));
    world.send("lan", query());
    world.send("lan", query());
    world.pass(40);
    world.send("lan", query());
    EXPECT_EQ(world.count_of("-m connlabel --label \"5\"\n"), "[1:28]");
    EXPECT_EQ(world.count_of("--set"), "[3:84]");
}

}  // namespace
}  // namespace sluice::test
