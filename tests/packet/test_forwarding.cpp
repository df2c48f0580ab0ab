// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

TEST(Forwarding, lowers_ttl_and_keeps_the_rest) {  // FWD-1
    World world(gateway());
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").ttl(64).tos(0x28).id(77).udp(4000, 53).payload("hello"));
    world.expect("wan", {eth_dst("02:00:c6:33:64:fe"), ip_src("10.0.0.5"), ip_dst("8.8.8.8"), ttl(63), tos(0x28),
                         ip_id(77), udp_ports(4000, 53), payload_is("hello"), valid_checksums()});
    world.expect_nothing_more();
}

TEST(Forwarding, cuts_padding_behind_the_total_length) {  // FWD-5
    World world(gateway());
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53).payload("x").padding(17));
    const Bytes frame = world.expect("wan", {payload_is("x"), valid_checksums()});
    EXPECT_EQ(frame.size(), 14U + 20U + 8U + 1U);
}

TEST(Forwarding, answers_a_used_up_ttl) {  // FWD-2
    World world(gateway());
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").ttl(1).udp(4000, 53).payload("hello"));
    world.expect("lan", {ip_src("10.0.0.1"), ip_dst("10.0.0.5"), icmp_type(11, 0), tos(0xc0),
                         quoted({ip_src("10.0.0.5"), udp_ports(4000, 53)}), valid_checksums()});
    world.expect_nothing_more();
    EXPECT_EQ(world.router().verdicts("ttl_exceeded"), 1U);
    EXPECT_EQ(world.router().connections(), 0U);  // CT-11: never got through
}

TEST(Forwarding, answers_echo_requests_to_each_of_its_addresses) {  // ICMP-10
    World world(gateway());
    for (const char* address : {"10.0.0.1", "172.16.0.1", "198.51.100.1"}) {
        world.send("lan", packet().ip("10.0.0.5", address).icmp_echo(7, 1).payload("ping"));
        world.expect("lan", {ip_src(address), ip_dst("10.0.0.5"), icmp_type(0, 0), icmp_id(7), payload_is("ping"),
                             valid_checksums()});
    }
    world.expect_nothing_more();
}

TEST(Forwarding, says_fragmentation_needed_with_the_mtu) {  // FWD-3, ICMP-4
    World world(gateway());
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").dont_fragment().udp(4000, 53).payload_size(2000));
    world.expect("lan", {icmp_type(3, 4), icmp_mtu(1500), quoted({ip_src("10.0.0.5")}), valid_checksums()});
    world.expect_nothing_more();
}

TEST(Forwarding, fragments_what_may_be_fragmented) {  // FWD-3
    World world(gateway());
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53).payload_size(2000));
    world.expect("wan", {fragment(0, true), ip_length(1500), valid_ip_checksum()});
    world.expect("wan", {fragment(1480, false), ip_length(20 + 8 + 2000 - 1480), valid_ip_checksum()});
    world.expect_nothing_more();
}

TEST(Forwarding, rebuilds_fragments_and_sends_them_no_larger_than_they_came) {  // FRAG-1
    World world(gateway());
    const auto pieces = packet().ip("10.0.0.5", "8.8.8.8").id(9).udp(4000, 53).payload_size(1000).fragments(400);
    for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
        world.send("lan", *piece);
    }
    const std::vector<SentFrame> sent = world.take_all();
    ASSERT_FALSE(sent.empty());
    std::size_t bytes = 0;
    for (const SentFrame& frame : sent) {
        const Seen seen = seen_frame(frame.frame);
        bytes += seen.l4.size();
        EXPECT_EQ(differences(seen, {valid_ip_checksum()}), "");
    }
    EXPECT_EQ(bytes, 1008U);
    EXPECT_EQ(world.router().connections(), 1U);
}

TEST(Forwarding, has_an_answer_for_each_kind_of_missing_route) {  // FWD-4
    World world(gateway(R"(
[[route]]
to   = "192.0.2.0/26"
type = "unreachable"
[[route]]
to   = "192.0.2.64/26"
type = "prohibit"
[[route]]
to   = "192.0.2.128/26"
type = "blackhole"
)"));
    world.send("lan", packet().ip("10.0.0.5", "192.0.2.1").udp(1, 2));
    world.expect("lan", {icmp_type(3, 1)});
    world.send("lan", packet().ip("10.0.0.5", "192.0.2.65").udp(1, 2));
    world.expect("lan", {icmp_type(3, 13)});
    world.send("lan", packet().ip("10.0.0.5", "192.0.2.129").udp(1, 2));
    world.expect_nothing_more();
}

TEST(Forwarding, reports_a_host_that_does_not_answer) {  // FWD-9
    World world(gateway());
    world.silence("172.16.0.77");
    world.send("lan", packet().ip("10.0.0.5", "172.16.0.77").udp(1, 2));
    world.expect_nothing_more();
    world.pass(5);
    world.expect("lan", {icmp_type(3, 1), ip_src("10.0.0.1"), quoted({ip_dst("172.16.0.77")}), valid_checksums()});
    world.expect_nothing_more();
}

TEST(Forwarding, holds_packets_in_order_until_the_neighbour_answers) {
    World world(gateway());
    world.send_burst("lan", {packet().ip("10.0.0.5", "172.16.0.9").id(1).udp(1, 2),
                             packet().ip("10.0.0.5", "172.16.0.9").id(2).udp(1, 2),
                             packet().ip("10.0.0.5", "172.16.0.9").id(3).udp(1, 2)});
    for (std::uint16_t id = 1; id <= 3; ++id) {
        world.expect("dmz", {ip_id(id)});
    }
    world.expect_nothing_more();
}

TEST(Forwarding, takes_the_short_way_from_the_third_packet_on) {
    World world(gateway());
    for (int i = 0; i < 10; ++i) {
        world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53).payload("hello"));
        world.expect("wan", {ttl(63), valid_checksums()});
    }
    EXPECT_EQ(world.short_way_packets(), 8U);  // the first opens, the second records
}

TEST(Forwarding, drops_bad_headers_each_with_its_reason) {  // FWD-5, ROB-1
    World world(gateway());
    const auto good = packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53).payload("hello");
    world.send("lan", PacketBuilder(good).version(5));
    world.send("lan", PacketBuilder(good).header_words(4));
    world.send("lan", PacketBuilder(good).total_length(9999));
    world.send("lan", PacketBuilder(good).bad_ip_checksum());
    world.send("lan", PacketBuilder(good).truncated(30));
    world.expect_nothing_more();
    EXPECT_EQ(world.router().verdicts("bad_version"), 1U);
    EXPECT_EQ(world.router().verdicts("bad_header_length"), 1U);
    EXPECT_EQ(world.router().verdicts("bad_total_length"), 1U);
    EXPECT_EQ(world.router().verdicts("bad_header_checksum"), 1U);
    EXPECT_EQ(world.router().verdicts("short_frame"), 1U);
}

TEST(Forwarding, resets_tcp_to_its_own_closed_ports_and_reports_closed_udp_ports) {  // ICMP-10, TGT-1
    World world(gateway());
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").tcp(4000, 22).flags("S").seq(1000));
    world.expect("lan", {ip_src("10.0.0.1"), tcp_ports(22, 4000), tcp_flags("RA"), tcp_seq(0), tcp_ack(1001),
                         valid_checksums()});
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").udp(4000, 53).payload("x"));
    world.expect("lan", {ip_src("10.0.0.1"), icmp_type(3, 3), quoted({udp_ports(4000, 53)}), valid_checksums()});
    world.expect_nothing_more();
}

TEST(Forwarding, balances_flows_over_an_ecmp_group_and_keeps_each_on_its_hop) {
    World world(gateway(R"(
[[route]]
to  = "192.0.2.0/24"
via = ["172.16.0.2", "172.16.0.3"]
)"));
    std::array<int, 2> seen{};
    for (int host = 1; host <= 64; ++host) {
        const std::string to = "192.0.2." + std::to_string(host);
        world.send("lan", packet().ip("10.0.0.5", to).udp(1, 2));
        const Bytes first = world.expect("dmz", {ip_dst(to)});
        world.send("lan", packet().ip("10.0.0.5", to).udp(1, 2));
        const Bytes second = world.expect("dmz", {ip_dst(to)});
        EXPECT_EQ(first[5], second[5]);
        ++seen[first[5] == std::byte{2} ? 0 : 1];
    }
    EXPECT_GT(seen[0], 10);
    EXPECT_GT(seen[1], 10);
}

}  // namespace
}  // namespace sluice::test
