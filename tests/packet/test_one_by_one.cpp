// SPDX-License-Identifier: BSD-3-Clause
/// Differences that the slow router has found (tests/model), each with what the kernel does.
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

TEST(OneByOne, takes_two_ends_that_speak_first_in_one_burst_for_one_connection) {  // CT-1, NAT-2
    World world(gateway(R"(
[sysctl]
"net.ipv4.conf.all.send_redirects" = 0
"net.ipv4.conf.default.send_redirects" = 0
[firewall.nat]
PREROUTING = []
)"));
    world.send_burst("dmz", {packet().ip("172.16.0.10", "172.16.0.11").udp(4000, 53).payload("first"),
                             packet().ip("172.16.0.11", "172.16.0.10").udp(53, 4000).payload("second")});
    world.expect("dmz", {ip_src("172.16.0.10"), udp_ports(4000, 53)});
    world.expect("dmz", {ip_src("172.16.0.11"), udp_ports(53, 4000), payload_is("second")});
    world.expect_nothing_more();
    EXPECT_EQ(world.router().connections(), 1U);
}

TEST(OneByOne, rejects_a_cut_off_header_silently_unless_what_is_left_adds_up) {  // TGT-1, CT-4
    World world(gateway(R"(
[firewall.filter]
INPUT = ["-j REJECT"]
)"));
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").protocol(6).payload(Bytes(3)));
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").protocol(17).payload(Bytes(3)));
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").protocol(99).payload("no sum"));
    world.expect_nothing_more();
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").protocol(99).payload(Bytes(8)));
    world.expect("lan", {icmp_type(3, 3), valid_checksums()});
    world.expect_nothing_more();
}

TEST(OneByOne, translates_an_answer_that_quotes_less_than_eight_bytes_of_a_protocol_without_ports) {  // ICMP-1
    World world(gateway(R"(
[firewall.nat]
INPUT = ["-j SNAT --to-source 172.16.0.1"]
)"));
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").protocol(99).payload("abc"));
    world.expect("lan", {ip_src("10.0.0.1"), ip_dst("10.0.0.5"), icmp_type(3, 2), quoted({ip_src("10.0.0.5")}),
                         valid_checksums()});
    world.expect_nothing_more();
}

TEST(OneByOne, a_late_answer_belongs_to_the_connection_that_has_begun_anew_in_its_burst) {  // CT-1, NAT-1
    World world(gateway(R"(
[sysctl]
"net.ipv4.conf.all.send_redirects" = 0
"net.ipv4.conf.default.send_redirects" = 0
[firewall.nat]
POSTROUTING = ["-p tcp -j SNAT --to-source 172.16.0.1"]
)"));
    const auto to_server = [](const char* flags, std::uint32_t seq, std::uint32_t ack) {
        return packet().ip("172.16.0.10", "172.16.0.11").tcp(4000, 80).flags(flags).seq(seq).ack(ack);
    };
    const auto to_client = [](const char* flags, std::uint32_t seq, std::uint32_t ack) {
        return packet().ip("172.16.0.11", "172.16.0.1").tcp(80, 4000).flags(flags).seq(seq).ack(ack);
    };
    world.send("dmz", to_server("S", 100, 0));
    world.send("dmz", to_client("SA", 900, 101));
    world.send("dmz", to_server("A", 101, 901));
    world.send("dmz", to_server("R", 101, 0));
    EXPECT_EQ(world.take_all().size(), 4U);
    world.send_burst("dmz", {to_server("S", 77'000, 0), to_client("PA", 901, 101).payload("late")});
    world.expect("dmz", {ip_src("172.16.0.1"), tcp_ports(4000, 80)});
    world.expect("dmz", {ip_dst("172.16.0.10"), tcp_ports(80, 4000), payload_is("late")});
    world.expect_nothing_more();
    EXPECT_EQ(world.router().connections(), 1U);
}

TEST(OneByOne, asks_a_rule_that_counts_in_the_order_of_arrival_though_one_had_to_wait) {  // MAT-5
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-p udp -m statistic --mode nth --every 2 --packet 0 -j DROP"]
)"));
    const auto query = [](std::uint16_t port, const char* payload) {
        return packet().ip("10.0.0.5", "8.8.8.8").udp(port, 53).payload(payload);
    };
    // Dropped are the first and the third.
    world.send_burst("lan", {query(4000, "a1"), query(4001, "b1"), query(4001, "b2"), query(4002, "c1")});
    world.expect("wan", {payload_is("b1")});
    world.expect("wan", {payload_is("c1")});
    world.expect_nothing_more();
}

TEST(OneByOne, a_rule_does_not_see_what_a_later_packet_of_the_burst_does_to_a_connection) {  // MAT-2, CT-1
    World world(gateway(R"(
[sysctl]
"net.ipv4.conf.all.send_redirects" = 0
"net.ipv4.conf.default.send_redirects" = 0
[firewall.filter]
FORWARD = ["-m conntrack --ctstatus SEEN_REPLY -j DROP"]
)"));
    const PacketBuilder opening = packet().ip("172.16.0.10", "172.16.0.11").tcp(4000, 80).flags("S").seq(100);
    world.send("dmz", opening);
    world.expect("dmz", {tcp_ports(4000, 80)});
    world.send_burst("dmz", {opening, packet().ip("172.16.0.11", "172.16.0.10").tcp(80, 4000).flags("SA").seq(9).ack(101)});
    world.expect("dmz", {tcp_ports(4000, 80)});
    world.expect_nothing_more();
}

}  // namespace
}  // namespace sluice::test
