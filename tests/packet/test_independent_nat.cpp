// SPDX-License-Identifier: BSD-3-Clause
// Endpoint-independent mapping and filtering (RFC 4787), an option of SNAT and MASQUERADE.
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

std::string independent(std::string_view what, std::string_view more = "") {
    return gateway("\n[firewall.nat]\n" + std::string(more) +
                   "POSTROUTING = [\"-o wan -j MASQUERADE --endpoint-independent " + std::string(what) + "\"]\n");
}

void speak_to(World& world, const char* host, std::uint16_t port, const char* place, std::uint16_t seen_port) {
    world.send("lan", packet().ip(host, place).udp(port, 53));
    world.expect("wan", {ip_src("198.51.100.1"), ip_dst(place), udp_ports(seen_port, 53), valid_checksums()});
}

TEST(IndependentNat, a_socket_is_the_same_for_all_places) {  // RFC 4787 REQ-1
    World world(independent("mapping"));
    for (const char* place : {"8.8.8.8", "9.9.9.9", "203.0.113.9"}) {
        speak_to(world, "10.0.0.5", 4000, place, 4000);
    }
    // Another host's port 4000 would be free towards a place of its own, but it is the first one's.
    world.send("lan", packet().ip("10.0.0.6", "203.0.113.77").udp(4000, 53));
    const std::vector<SentFrame> other = world.take_all();
    ASSERT_EQ(other.size(), 1U);
    EXPECT_EQ(differences(seen_frame(other[0].frame), {ip_src("198.51.100.1"), valid_checksums()}), "");
    EXPECT_NE(differences(seen_frame(other[0].frame), {udp_ports(4000, 53)}), "");
}

TEST(IndependentNat, mapping_alone_lets_nobody_else_in) {  // RFC 4787 REQ-8: address and port dependent
    World world(independent("mapping"));
    speak_to(world, "10.0.0.5", 4000, "8.8.8.8", 4000);
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").udp(777, 4000));
    world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").udp(54, 4000));
    for (const SentFrame& frame : world.take_all()) {
        EXPECT_EQ(frame.interface, "wan");  // port unreachable, by the router itself
    }
}

TEST(IndependentNat, filtering_lets_anybody_in_as_a_new_connection) {  // RFC 4787 REQ-8: endpoint-independent
    World world(independent("filtering") + "[firewall.filter]\nFORWARD = [\"-i wan -m conntrack --ctstate NEW -j MARK --set-mark 1\"]\n");
    speak_to(world, "10.0.0.5", 4000, "8.8.8.8", 4000);
    for (const char* stranger : {"203.0.113.9", "203.0.113.10"}) {
        world.send("wan", packet().ip(stranger, "198.51.100.1").udp(777, 4000).payload("hello"));
        world.expect("lan", {ip_src(stranger), ip_dst("10.0.0.5"), udp_ports(777, 4000), valid_checksums()});
        world.send("lan", packet().ip("10.0.0.5", stranger).udp(4000, 777).payload("hello yourself"));
        world.expect("wan", {ip_src("198.51.100.1"), ip_dst(stranger), udp_ports(4000, 777), valid_checksums()});
    }
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").tcp(777, 4000).flags("S"));
    world.expect("wan", {ip_src("198.51.100.1"), tcp_flags("RA")});  // the mapping is one of UDP
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").udp(777, 4001));
    world.expect("wan", {ip_src("198.51.100.1"), icmp_type(3, 3)});
    world.expect_nothing_more();
}

TEST(IndependentNat, tcp_connects_from_outside_too) {  // RFC 5382 REQ-1, REQ-3
    World world(independent("filtering"));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("S").seq(1));
    world.expect("wan", {ip_src("198.51.100.1"), tcp_ports(4000, 80)});
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").tcp(777, 4000).flags("S").seq(1));
    world.expect("lan", {ip_src("203.0.113.9"), ip_dst("10.0.0.5"), tcp_ports(777, 4000), valid_checksums()});
    world.send("lan", packet().ip("10.0.0.5", "203.0.113.9").tcp(4000, 777).flags("SA").seq(9).ack(2));
    world.expect("wan", {ip_src("198.51.100.1"), tcp_ports(4000, 777), tcp_flags("SA"), valid_checksums()});
    world.expect_nothing_more();
}

TEST(IndependentNat, the_filter_table_judges_strangers) {
    World world(independent("filtering") +
                "[firewall.filter]\nFORWARD = [\"-i wan -m conntrack --ctstate NEW -j DROP\"]\n");
    speak_to(world, "10.0.0.5", 4000, "8.8.8.8", 4000);
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").udp(777, 4000).payload("hello"));
    world.expect_nothing_more();
    EXPECT_EQ(world.count_of("--ctstate NEW"), "[1:33]");
    world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").udp(53, 4000));
    world.expect("lan", {ip_dst("10.0.0.5"), udp_ports(53, 4000)});
    world.expect_nothing_more();
}

TEST(IndependentNat, a_rule_that_forwards_the_port_comes_first) {
    World world(independent("filtering",
                            "PREROUTING = [\"-i wan -p udp --dport 4000 -j DNAT --to-destination 172.16.0.10\"]\n"));
    speak_to(world, "10.0.0.5", 4000, "8.8.8.8", 4000);
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").udp(777, 4000));
    world.expect("dmz", {ip_dst("172.16.0.10"), udp_ports(777, 4000)});
    world.expect_nothing_more();
}

TEST(IndependentNat, neighbours_reach_each_other_by_their_outside_sockets) {  // RFC 4787 REQ-9, RFC 5382 REQ-8
    World world(independent("filtering"));
    speak_to(world, "10.0.0.5", 4000, "8.8.8.8", 4000);
    for (int i = 0; i < 3; ++i) {
        world.send("lan", packet().ip("10.0.0.6", "198.51.100.1").udp(5000, 4000).payload("hello"));
        world.expect("lan", {ip_src("198.51.100.1"), ip_dst("10.0.0.5"), udp_ports(5000, 4000), valid_checksums()});
        world.send("lan", packet().ip("10.0.0.5", "198.51.100.1").udp(4000, 5000).payload("hello yourself"));
        world.expect("lan", {ip_src("198.51.100.1"), ip_dst("10.0.0.6"), udp_ports(4000, 5000), valid_checksums()});
    }
    // what the second one got is its mapping for the world as well
    speak_to(world, "10.0.0.6", 5000, "9.9.9.9", 5000);
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").udp(777, 5000));
    world.expect("lan", {ip_dst("10.0.0.6"), udp_ports(777, 5000), valid_checksums()});
    world.expect_nothing_more();
}

TEST(IndependentNat, a_host_reaches_itself_by_its_outside_socket) {  // RFC 4787 REQ-9
    World world(independent("filtering"));
    speak_to(world, "10.0.0.5", 4000, "8.8.8.8", 4000);
    world.send("lan", packet().ip("10.0.0.5", "198.51.100.1").udp(4001, 4000));
    world.expect("lan", {ip_src("198.51.100.1"), ip_dst("10.0.0.5"), udp_ports(4001, 4000), valid_checksums()});
    world.expect_nothing_more();
}

TEST(IndependentNat, strangers_alone_keep_no_mapping_and_answers_do) {  // RFC 4787 REQ-5, REQ-6
    World world(independent("filtering"));
    speak_to(world, "10.0.0.5", 4000, "8.8.8.8", 4000);
    world.pass(20);
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").udp(777, 4000));
    world.expect("lan", {ip_dst("10.0.0.5")});
    world.pass(15);  // the host's own connection is over after 30 s
    world.send("wan", packet().ip("203.0.113.10", "198.51.100.1").udp(777, 4000));
    world.expect("wan", {icmp_type(3, 3)});
    world.expect_nothing_more();

    speak_to(world, "10.0.0.7", 4100, "8.8.8.8", 4100);
    world.pass(20);
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").udp(777, 4100));
    world.expect("lan", {ip_dst("10.0.0.7")});
    world.send("lan", packet().ip("10.0.0.7", "203.0.113.9").udp(4100, 777));
    world.expect("wan", {udp_ports(4100, 777)});
    world.pass(15);
    world.send("wan", packet().ip("203.0.113.10", "198.51.100.1").udp(777, 4100));
    world.expect("lan", {ip_dst("10.0.0.7"), udp_ports(777, 4100)});
    world.pass(200);
    world.send("wan", packet().ip("203.0.113.10", "198.51.100.1").udp(777, 4100));
    world.expect("wan", {icmp_type(3, 3)});
    world.expect_nothing_more();
}

TEST(IndependentNat, errors_about_a_strangers_packet_find_their_way) {  // RFC 5508 REQ-4, REQ-5
    World world(independent("filtering"));
    speak_to(world, "10.0.0.5", 4000, "8.8.8.8", 4000);
    const PacketBuilder inner = packet().ip("203.0.113.9", "10.0.0.5").ttl(63).udp(777, 4000).payload("hello");
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").udp(777, 4000).payload("hello"));
    world.expect("lan", {ip_dst("10.0.0.5")});
    world.send("lan", packet().ip("10.0.0.5", "203.0.113.9").icmp_error(3, 3, inner.bytes()));
    world.expect("wan", {ip_src("198.51.100.1"), ip_dst("203.0.113.9"), icmp_type(3, 3), valid_checksums()});
    world.expect_nothing_more();
}

TEST(IndependentNat, a_mapping_outlives_the_rule) {  // as a connection does
    World world(independent("filtering"));
    speak_to(world, "10.0.0.5", 4000, "8.8.8.8", 4000);
    world.reload(gateway("\n[firewall.nat]\nPOSTROUTING = [\"-o wan -j MASQUERADE\"]\n"));
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").udp(777, 4000));
    world.expect("lan", {ip_dst("10.0.0.5"), udp_ports(777, 4000)});
    speak_to(world, "10.0.0.6", 4001, "8.8.8.8", 4001);
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").udp(777, 4001));
    world.expect("wan", {icmp_type(3, 3)});
    world.expect_nothing_more();
}

TEST(IndependentNat, protocols_without_ports_are_translated_as_ever) {
    World world(independent("filtering"));
    for (const char* host : {"10.0.0.5", "10.0.0.6"}) {
        world.send("lan", packet().ip(host, host == std::string_view("10.0.0.5") ? "8.8.8.8" : "9.9.9.9").icmp_echo(7, 1));
        world.take_all();
    }
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").icmp_echo(7, 1));
    world.expect("wan", {ip_src("198.51.100.1"), icmp_type(0, 0)});  // the router's own answer
    world.expect_nothing_more();
}

}  // namespace
}  // namespace sluice::test
