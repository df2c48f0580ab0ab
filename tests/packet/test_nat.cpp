// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

const std::string kMasquerade = gateway(R"(
[firewall.nat]
PREROUTING  = ["-i wan -p tcp --dport 8080 -j DNAT --to-destination 172.16.0.10:80"]
POSTROUTING = ["-s 10.0.0.0/24 -o wan -j MASQUERADE"]
)");

TEST(Nat, masquerades_both_ways_and_keeps_the_port) {  // NAT-1, NAT-4
    World world(kMasquerade);
    for (int i = 0; i < 5; ++i) {
        world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53).payload("query"));
        world.expect("wan", {ip_src("198.51.100.1"), udp_ports(4000, 53), ttl(63), valid_checksums()});
        world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").udp(53, 4000).payload("answer"));
        world.expect("lan", {ip_dst("10.0.0.5"), udp_ports(53, 4000), ttl(63), valid_checksums()});
    }
    world.expect_nothing_more();
    EXPECT_EQ(world.count_of("MASQUERADE"), "[1:33]");  // HOOK-3: the first packet only
    EXPECT_EQ(world.router().connections(), 1U);
    EXPECT_GT(world.short_way_packets(), 4U);
}

TEST(Nat, gives_a_second_client_another_port_within_one_burst) {  // NAT-2
    World world(kMasquerade);
    world.send_burst("lan", {packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53),
                             packet().ip("10.0.0.6", "8.8.8.8").udp(4000, 53)});
    world.expect("wan", {ip_src("198.51.100.1"), udp_ports(4000, 53), valid_checksums()});
    const std::vector<SentFrame> second = world.take_all();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_NE(differences(seen_frame(second[0].frame), {udp_ports(4000, 53)}), "");
    EXPECT_EQ(differences(seen_frame(second[0].frame), {ip_src("198.51.100.1"), valid_checksums()}), "");
}

TEST(Nat, judges_two_packets_of_a_new_connection_in_one_burst_one_after_the_other) {  // HOOK-3
    World world(kMasquerade);
    world.send_burst("lan", {packet().ip("10.0.0.5", "8.8.8.8").id(1).udp(4000, 53),
                             packet().ip("10.0.0.5", "8.8.8.8").id(2).udp(4000, 53)});
    world.expect("wan", {ip_id(1), ip_src("198.51.100.1")});
    world.expect("wan", {ip_id(2), ip_src("198.51.100.1")});
    world.expect_nothing_more();
    EXPECT_EQ(world.count_of("MASQUERADE"), "[1:28]");
    EXPECT_EQ(world.router().verdicts("deferred"), 1U);
}

TEST(Nat, forwards_a_port_to_a_server_and_answers_in_its_name) {  // NAT-4
    World world(kMasquerade);
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").tcp(5000, 8080).flags("S").seq(1));
    world.expect("dmz", {ip_src("203.0.113.9"), ip_dst("172.16.0.10"), tcp_ports(5000, 80), valid_checksums()});
    world.send("dmz", packet().ip("172.16.0.10", "203.0.113.9").tcp(80, 5000).flags("SA").seq(9).ack(2));
    world.expect("wan", {ip_src("198.51.100.1"), tcp_ports(8080, 5000), tcp_flags("SA"), valid_checksums()});
    world.expect_nothing_more();
}

TEST(Nat, a_range_of_destination_ports_begins_with_its_first) {  // NAT-4
    World world(gateway(R"(
[firewall.nat]
PREROUTING = ["-i wan -p udp --dport 53 -j DNAT --to-destination 172.16.0.10:6000-6009"]
)"));
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").udp(5000, 53));
    world.expect("dmz", {ip_dst("172.16.0.10"), udp_ports(5000, 6000), valid_checksums()});
    world.expect_nothing_more();
}

TEST(Nat, a_port_keeps_its_distance_from_a_base_port_and_is_answered_as_it_was_called) {  // NAT-4
    World world(gateway(R"(
[firewall.nat]
PREROUTING = ["-i wan -p udp --dport 80:99 -j DNAT --to-destination 172.16.0.10:6000-6009/80",
              "-i wan -p tcp -j DNAT --to-destination 172.16.0.11:6000-6009/80"]
)"));
    for (const auto& [called, reached] : {std::pair(80, 6000), std::pair(87, 6007), std::pair(95, 6005)}) {
        const auto to = static_cast<std::uint16_t>(called);
        const auto at = static_cast<std::uint16_t>(reached);
        world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").udp(5000, to));
        world.expect("dmz", {ip_dst("172.16.0.10"), udp_ports(5000, at), valid_checksums()});
        world.send("dmz", packet().ip("172.16.0.10", "203.0.113.9").udp(at, 5000));
        world.expect("wan", {ip_src("198.51.100.1"), udp_ports(to, 5000), valid_checksums()});
    }
    // 65535 - 80 + 1 + 22 from the base on: the distance is modulo 65536
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").tcp(5000, 22).flags("S"));
    world.expect("dmz", {ip_dst("172.16.0.11"), tcp_ports(5000, 6008), valid_checksums()});
    world.expect_nothing_more();
}

const std::string kNetmap = gateway(R"(
[firewall.nat]
PREROUTING  = ["-i wan -d 192.0.2.0/24 -j NETMAP --to 172.16.0.0/24"]
INPUT       = ["-i lan -j NETMAP --to 10.99.0.0/16"]
OUTPUT      = ["-d 10.99.0.0/16 -j NETMAP --to 10.0.0.0/24"]
POSTROUTING = ["-s 172.16.0.0/24 -o wan -j NETMAP --to 192.0.2.0/24", "-s 10.0.0.0/24 -o wan -j NETMAP --to 192.0.2.128/29"]
)");

TEST(Nat, maps_a_network_to_another_and_back_in_both_directions) {  // NAT-4
    World world(kNetmap);
    for (const auto& [outside, inside] : {std::pair("192.0.2.10", "172.16.0.10"), std::pair("192.0.2.254", "172.16.0.254")}) {
        world.send("wan", packet().ip("203.0.113.9", outside).tcp(5000, 80).flags("S").seq(1));
        world.expect("dmz", {ip_src("203.0.113.9"), ip_dst(inside), tcp_ports(5000, 80), valid_checksums()});
        world.send("dmz", packet().ip(inside, "203.0.113.9").tcp(80, 5000).flags("SA").seq(9).ack(2));
        world.expect("wan", {ip_src(outside), tcp_ports(80, 5000), valid_checksums()});
        world.send("dmz", packet().ip(inside, "8.8.8.8").udp(4000, 53));
        world.expect("wan", {ip_src(outside), ip_dst("8.8.8.8"), udp_ports(4000, 53), valid_checksums()});
        world.send("wan", packet().ip("8.8.8.8", outside).udp(53, 4000));
        world.expect("dmz", {ip_dst(inside), udp_ports(53, 4000), valid_checksums()});
    }
    world.expect_nothing_more();
}

TEST(Nat, two_clients_that_are_mapped_to_one_address_get_two_ports) {  // NAT-2, NAT-4
    World world(kNetmap);
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53));
    world.expect("wan", {ip_src("192.0.2.133"), udp_ports(4000, 53), valid_checksums()});
    world.send("lan", packet().ip("10.0.0.13", "8.8.8.8").udp(4000, 53));
    const std::vector<SentFrame> second = world.take_all();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(differences(seen_frame(second[0].frame), {ip_src("192.0.2.133"), valid_checksums()}), "");
    EXPECT_NE(differences(seen_frame(second[0].frame), {udp_ports(4000, 53)}), "");
}

TEST(Nat, maps_the_source_of_what_comes_to_the_router_itself) {  // NAT-4, INPUT
    World world(kNetmap);
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").icmp_echo(7, 1));
    world.expect("lan", {ip_src("10.0.0.1"), ip_dst("10.0.0.5"), icmp_type(0, 0), valid_checksums()});
    const std::vector<std::string> connections = world.router().connection_lines();
    ASSERT_EQ(connections.size(), 1U);
    EXPECT_NE(connections[0].find("src=10.0.0.1 dst=10.99.0.5 "), std::string::npos) << connections[0];
    world.expect_nothing_more();
}

TEST(Nat, translates_an_icmp_error_outside_and_inside) {  // ICMP-1
    World world(kMasquerade);
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53).payload("query"));
    const Bytes sent = world.expect("wan", {ip_src("198.51.100.1")});
    const Bytes quote(sent.begin() + 14, sent.end());
    world.send("wan", packet().ip("203.0.113.77", "198.51.100.1").icmp_error(3, 1, quote));
    world.expect("lan", {ip_src("203.0.113.77"), ip_dst("10.0.0.5"), icmp_type(3, 1),
                         quoted({ip_src("10.0.0.5"), ip_dst("8.8.8.8"), udp_ports(4000, 53)}), valid_checksums()});
    world.expect_nothing_more();
    EXPECT_EQ(world.router().connections(), 1U);  // ICMP-5
}

TEST(Nat, answers_time_exceeded_about_a_forwarded_port_with_the_public_address_in_the_quote) {
    World world(kMasquerade);
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").ttl(1).tcp(5000, 8080).flags("S"));
    world.expect("wan", {ip_src("198.51.100.1"), ip_dst("203.0.113.9"), icmp_type(11, 0),
                         quoted({ip_dst("198.51.100.1")}), valid_checksums()});
    world.expect_nothing_more();
    EXPECT_EQ(world.router().connections(), 0U);
}

TEST(Nat, drops_connections_whose_packet_was_dropped_and_gives_their_port_back) {  // CT-11
    World world(gateway(R"(
[firewall.nat]
POSTROUTING = ["-o wan -p udp -j SNAT --to-source 198.51.100.7:6000"]
[firewall.filter]
FORWARD = ["-s 10.0.0.66 -j DROP"]
)"));
    world.send("lan", packet().ip("10.0.0.66", "8.8.8.8").udp(4000, 53));
    world.expect_nothing_more();
    EXPECT_EQ(world.router().connections(), 0U);
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53));
    world.expect("wan", {ip_src("198.51.100.7"), udp_ports(6000, 53), valid_checksums()});
    world.send("lan", packet().ip("10.0.0.6", "8.8.8.8").udp(4000, 53));  // NAT-8: no port is left
    world.expect_nothing_more();
    EXPECT_EQ(world.router().verdicts("nat_exhausted"), 1U);
}

TEST(Nat, keeps_translating_a_connection_after_its_rule_is_gone) {  // OPS-2
    World world(kMasquerade);
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53));
    world.expect("wan", {ip_src("198.51.100.1")});
    world.reload(gateway());
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53));
    world.expect("wan", {ip_src("198.51.100.1"), valid_checksums()});
    world.send("lan", packet().ip("10.0.0.5", "8.8.4.4").udp(4001, 53));
    world.expect("wan", {ip_src("10.0.0.5"), valid_checksums()});
}

TEST(Nat, ends_a_connection_after_its_timeout) {  // CT-9
    World world(kMasquerade);
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53));
    world.expect("wan", {});
    world.pass(29);
    EXPECT_EQ(world.router().connections(), 1U);
    world.pass(3);
    EXPECT_EQ(world.router().connections(), 0U);
    world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").udp(53, 4000));
    world.expect("wan", {icmp_type(3, 3)});  // NAT-10: nobody's any more, so it is the router's own
}

// NAT-4: Linux has no DCCP tracking since 6.16, so it knows only its addresses (tried on 6.18).
TEST(Nat, dccp_keeps_its_ports_whatever_range_a_rule_has) {
    World world(gateway(R"(
[firewall.nat]
PREROUTING = ["-p dccp -j DNAT --to-destination 172.16.0.10:2000-2010/100"]
POSTROUTING = ["-p dccp -j SNAT --to-source 172.16.0.1:3000-3010"]
)"));
    Bytes request(20);
    constexpr std::array<unsigned, 9> kBegin = {0x13, 0x88, 0, 105, 5, 0, 0xab, 0xcd, 1};  // 5000 > 105
    std::transform(kBegin.begin(), kBegin.end(), request.begin(), [](unsigned byte) { return std::byte(byte); });
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").protocol(33).payload(request));
    world.expect("dmz", {ip_src("172.16.0.1"), ip_dst("172.16.0.10"), payload_is(request)});
    world.expect_nothing_more();
}

}  // namespace
}  // namespace sluice::test
