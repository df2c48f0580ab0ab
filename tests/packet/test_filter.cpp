// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

TEST(Filter, counts_exactly_whichever_way_packets_take) {  // HOOK-5
    World world(gateway(R"(
[firewall.filter]
policy  = { FORWARD = "DROP" }
FORWARD = ["-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT", "-i lan -j out"]
out     = ["-p udp --dport 53", "-d 8.8.8.8 -j ACCEPT", "-j RETURN"]
)"));
    for (int i = 0; i < 20; ++i) {
        world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53));
        world.expect("wan", {});
        world.send("wan", packet().ip("8.8.8.8", "10.0.0.5").udp(53, 4000));
        world.expect("lan", {});
    }
    world.send("lan", packet().ip("10.0.0.5", "9.9.9.9").udp(4000, 53));
    world.expect_nothing_more();
    EXPECT_EQ(world.count_of("ESTABLISHED -j ACCEPT"), "[39:1092]");
    EXPECT_EQ(world.count_of("-A out -d 8.8.8.8"), "[1:28]");
    EXPECT_EQ(world.count_of("-A out -p udp"), "[2:56]");
    EXPECT_EQ(world.count_of("-j RETURN"), "[1:28]");
    EXPECT_GT(world.short_way_packets(), 30U);
}

TEST(Filter, asks_about_the_packet_itself_for_every_packet) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-p icmp --icmp-type echo-request -j ACCEPT", "-p icmp -j DROP"]
)"));
    for (int i = 0; i < 5; ++i) {
        world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").icmp_echo(7, 1));
        world.expect("wan", {icmp_type(8, 0)});
    }
    // Another code is another question with another answer, on another connection: the path must not hold.
    world.send("wan", packet().ip("8.8.8.8", "10.0.0.5").icmp_echo_reply(7, 1));
    world.expect_nothing_more();
    EXPECT_EQ(world.count_of("-j DROP"), "[1:28]");
}

TEST(Filter, rejects_with_the_answer_that_the_rule_names) {  // TGT-1
    World world(gateway(R"(
[firewall.filter]
FORWARD = [
  "-p tcp --dport 25 -j REJECT --reject-with tcp-reset",
  "-p udp --dport 25 -j REJECT",
  "-p udp --dport 26 -j REJECT --reject-with icmp-admin-prohibited",
]
)"));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 25).flags("S").seq(100));
    world.expect("lan", {ip_src("8.8.8.8"), tcp_ports(25, 4000), tcp_flags("RA"), tcp_ack(101), valid_checksums()});
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 25));
    world.expect("lan", {ip_src("10.0.0.1"), icmp_type(3, 3), valid_checksums()});
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 26));
    world.expect("lan", {icmp_type(3, 13), valid_checksums()});
    world.expect_nothing_more();
    EXPECT_EQ(world.router().connections(), 0U);
}

TEST(Filter, answers_of_the_router_pass_output_as_related) {  // HOOK-2
    World world(gateway(R"(
[firewall.filter]
policy  = { OUTPUT = "DROP" }
FORWARD = ["-j REJECT"]
OUTPUT  = ["-m conntrack --ctstate RELATED -j ACCEPT"]
)"));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 25));
    world.expect("lan", {icmp_type(3, 3)});
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").icmp_echo(1, 1));
    world.expect_nothing_more();
    EXPECT_EQ(world.count_of("RELATED -j ACCEPT"), "[1:56]");
    EXPECT_EQ(world.count_of(":OUTPUT DROP"), ":OUTPUT DROP [1:28]");
}

TEST(Filter, the_way_out_of_the_routers_own_packets_is_known_in_output) {  // HOOK-2, MAT-1
    World world(gateway(R"(
[firewall.filter]
OUTPUT = ["-o wan -j DROP", "-o lan -j ACCEPT"]
)"));
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").icmp_echo(1, 1));
    world.expect("lan", {icmp_type(0, 0)});
    world.expect_nothing_more();
    EXPECT_EQ(world.count_of("-o lan -j ACCEPT"), "[1:28]");
    EXPECT_EQ(world.count_of("-o wan -j DROP"), "[0:0]");
}

TEST(Filter, a_new_ruleset_judges_established_connections_at_once) {
    World world(gateway());
    for (int i = 0; i < 4; ++i) {
        world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53));
        world.expect("wan", {});
    }
    world.reload(gateway("[firewall.filter]\nFORWARD = [\"-p udp -j DROP\"]\n"));
    for (int i = 0; i < 4; ++i) {
        world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53));
    }
    world.expect_nothing_more();
    EXPECT_EQ(world.count_of("-j DROP"), "[4:112]");
    EXPECT_EQ(world.router().verdicts("dropped_by_rule"), 4U);
}

TEST(Filter, a_packet_with_a_wrong_checksum_is_invalid) {  // CT-4
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m conntrack --ctstate INVALID -j DROP"]
)"));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53).payload("x").bad_l4_checksum());
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53).payload("x").udp_length(4));
    world.expect_nothing_more();
    EXPECT_EQ(world.count_of("-j DROP"), "[2:58]");
}

}  // namespace
}  // namespace sluice::test
