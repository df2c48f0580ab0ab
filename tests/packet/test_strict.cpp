// SPDX-License-Identifier: BSD-3-Clause
// `[conntrack]`: what strict refuses that Linux does not, and the timeouts of the RFCs.
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

constexpr std::string_view kStrict = "[conntrack]\nstrict = true\n";

/// Masquerades; TCP to port 8080 is served in the DMZ, and the router itself is to be reached at port 2222.
std::string served(std::string_view conntrack = "") {
    return gateway(std::string(conntrack) + R"(
[firewall.nat]
PREROUTING  = ["-i wan -p tcp --dport 8080 -j DNAT --to-destination 172.16.0.10:80",
               "-i wan -p udp -m multiport --dports 500,4500 -j DNAT --to-destination 172.16.0.11"]
POSTROUTING = ["-s 10.0.0.0/24 -o wan -j MASQUERADE"]
[firewall.filter]
INPUT = ["-p tcp --dport 2222 -j ACCEPT"]
)");
}

std::uint16_t source_port_of(const SentFrame& frame) {
    return static_cast<std::uint16_t>(std::to_integer<unsigned>(frame.frame.at(34)) << 8U |
                                      std::to_integer<unsigned>(frame.frame.at(35)));
}

/// What an inside host's port becomes on its way out.
std::uint16_t port_outside(World& world, const PacketBuilder& sent) {
    world.send("lan", sent);
    const std::vector<SentFrame> frames = world.take_all();
    EXPECT_EQ(frames.size(), 1U);
    return frames.empty() ? std::uint16_t{0} : source_port_of(frames[0]);
}

TEST(Strict, gives_no_port_away_on_which_the_router_serves) {  // NAT-11
    World world(served(kStrict));
    const auto tcp = [](std::uint16_t port) { return packet().ip("10.0.0.5", "203.0.113.9").tcp(port, 5000).flags("S"); };
    const auto udp = [](std::uint16_t port) { return packet().ip("10.0.0.5", "203.0.113.9").udp(port, 5000); };
    EXPECT_NE(port_outside(world, tcp(8080)), 8080);
    EXPECT_NE(port_outside(world, tcp(2222)), 2222);
    EXPECT_NE(port_outside(world, udp(500)), 500);
    EXPECT_NE(port_outside(world, udp(4500)), 4500);
    EXPECT_EQ(port_outside(world, udp(8080)), 8080);  // served by TCP only
    EXPECT_EQ(port_outside(world, tcp(8081)), 8081);
}

TEST(Strict, port_shadow_fails_and_without_strict_it_succeeds_as_in_linux) {  // NAT-11, CVE-2021-3773
    for (const bool strict : {true, false}) {
        World world(served(strict ? kStrict : ""));
        // An inside host takes the service's port towards a victim outside, who comes to the service then.
        world.send("lan", packet().ip("10.0.0.66", "203.0.113.9").tcp(8080, 5000).flags("S").seq(1));
        world.take_all();
        world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").tcp(5000, 8080).flags("S").seq(100));
        const std::vector<SentFrame> frames = world.take_all();
        ASSERT_EQ(frames.size(), 1U);
        EXPECT_EQ(frames[0].interface, strict ? "dmz" : "lan");
    }
}

TEST(Strict, a_rule_that_names_the_port_is_obeyed) {  // NAT-11
    World world(gateway(std::string(kStrict) + R"(
[firewall.nat]
PREROUTING  = ["-i wan -p tcp --dport 8080 -j DNAT --to-destination 172.16.0.10:80"]
POSTROUTING = ["-o wan -p tcp -j SNAT --to-source 198.51.100.1:8080"]
)"));
    EXPECT_EQ(port_outside(world, packet().ip("10.0.0.5", "203.0.113.9").tcp(4000, 5000).flags("S")), 8080);
}

TEST(Strict, nothing_invalid_leaves_untranslated) {  // NAT-12, surprise 4
    const PacketBuilder stray = packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("R").seq(7);
    const PacketBuilder stray_error = packet().ip("10.0.0.5", "8.8.8.8").icmp_error(
        3, 3, packet().ip("8.8.8.8", "10.0.0.5").udp(53, 4000).bytes());
    World lax(served());
    lax.send("lan", stray);
    lax.expect("wan", {ip_src("10.0.0.5"), tcp_flags("R")});
    lax.send("lan", stray_error);
    lax.expect("wan", {ip_src("10.0.0.5"), icmp_type(3, 3)});
    lax.expect_nothing_more();

    World strict(served(kStrict));
    strict.send("lan", stray);
    strict.send("lan", stray_error);
    strict.expect_nothing_more();
    EXPECT_EQ(strict.router().verdicts("untranslated_invalid"), 2U);
    // By an interface without such rules they go as ever, and so does what belongs to a connection.
    strict.send("lan", packet().ip("10.0.0.5", "172.16.0.9").tcp(4000, 80).flags("R").seq(7));
    strict.expect("dmz", {ip_src("10.0.0.5"), tcp_flags("R")});
    strict.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53));
    strict.expect("wan", {ip_src("198.51.100.1")});
    strict.expect_nothing_more();
}

TEST(Strict, rules_that_come_later_count) {  // NAT-11, NAT-12
    World world(gateway(kStrict));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("R").seq(7));
    world.expect("wan", {ip_src("10.0.0.5")});
    world.reload(served(kStrict));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("R").seq(7));
    world.expect_nothing_more();
    EXPECT_NE(port_outside(world, packet().ip("10.0.0.5", "203.0.113.9").tcp(8080, 5000).flags("S")), 8080);
}

constexpr std::string_view kRfc = "[conntrack]\ntimeouts = \"rfc\"\n";

TEST(RfcTimeouts, udp_lives_for_five_minutes) {  // RFC 4787 REQ-5
    World world(served(kRfc));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53));
    world.expect("wan", {ip_src("198.51.100.1")});
    world.pass(295);
    world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").udp(53, 4000));
    world.expect("lan", {ip_dst("10.0.0.5")});
    world.pass(295);
    world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").udp(53, 4000));
    world.expect("lan", {ip_dst("10.0.0.5")});
    world.pass(310);
    EXPECT_EQ(world.router().connections(), 0U);
}

TEST(RfcTimeouts, pings_live_for_a_minute) {  // RFC 5508 REQ-2
    World world(served(kRfc));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").icmp_echo(7, 1));
    world.expect("wan", {ip_src("198.51.100.1")});
    world.pass(57);
    world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").icmp_echo_reply(7, 1));
    world.expect("lan", {ip_dst("10.0.0.5")});
}

TEST(RfcTimeouts, a_half_open_and_a_reset_connection_live_for_four_minutes) {  // CT-8, RFC 5382 REQ-5, RFC 7857
    World world(served(kRfc));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("S").seq(100));
    world.pass(235);
    world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").tcp(80, 4000).flags("SA").seq(500).ack(101));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("A").seq(101).ack(501));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("R").seq(101));
    world.pass(235);
    EXPECT_EQ(world.router().connections(), 1U);
    world.pass(10);
    EXPECT_EQ(world.router().connections(), 0U);
}

TEST(RfcTimeouts, an_idle_connection_with_open_questions_lives_for_two_hours) {  // RFC 5382 REQ-5
    World world(served(kRfc));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("S").seq(100));
    world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").tcp(80, 4000).flags("SA").seq(500).ack(101));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("A").seq(101).ack(501));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("PA").seq(101).ack(501).payload("unacknowledged"));
    world.pass(7400);
    EXPECT_EQ(world.router().connections(), 1U);
}

TEST(RfcTimeouts, what_sysctl_says_comes_first) {
    World world(served(std::string(kRfc) + "[sysctl]\n\"net.netfilter.nf_conntrack_udp_timeout\" = 20\n"));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53));
    world.pass(22);
    EXPECT_EQ(world.router().connections(), 0U);
}

TEST(RfcTimeouts, a_closing_connection_keeps_its_port) {  // CT-8, RFC 6888 REQ-8
    for (const bool rfc : {true, false}) {
        World world(gateway(std::string(rfc ? kRfc : "") +
                            "[firewall.nat]\nPOSTROUTING = [\"-o wan -p tcp -j SNAT --to-source 198.51.100.1:5000-5001\"]\n"));
        for (const std::uint16_t port : {std::uint16_t{4000}, std::uint16_t{4001}}) {
            world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(port, 80).flags("S").seq(100));
            const std::vector<SentFrame> frames = world.take_all();
            ASSERT_EQ(frames.size(), 1U);
            const std::uint16_t outside = source_port_of(frames[0]);
            world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").tcp(80, outside).flags("SA").seq(500).ack(101));
            world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(port, 80).flags("A").seq(101).ack(501));
            world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(port, 80).flags("R").seq(101));
            world.take_all();
        }
        world.send("lan", packet().ip("10.0.0.6", "8.8.8.8").tcp(4002, 80).flags("S").seq(9000));
        EXPECT_EQ(world.take_all().size(), rfc ? 0U : 1U);
    }
}

}  // namespace
}  // namespace sluice::test
