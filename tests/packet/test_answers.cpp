// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

PacketBuilder to_wan() {
    return packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53).payload("hello");
}
PacketBuilder to_router() {
    return packet().ip("10.0.0.5", "10.0.0.1");
}

TEST(Answers, are_not_given_to_what_must_not_be_answered) {  // ICMP-7
    World world(gateway());
    const std::vector<PacketBuilder> silent = {
        packet().ip("10.0.0.5", "8.8.8.8").ttl(1).icmp_error(3, 3, to_wan().bytes()),
        packet().ip("10.0.0.5", "8.8.8.8").ttl(1).icmp_error(11, 0, to_wan().bytes()),
        packet().ip("10.0.0.5", "8.8.8.8").ttl(1).icmp(99, 0),
        to_router().udp(1, 2).bad_l4_checksum(),
        to_router().tcp(1, 2).flags("R"),
        to_router().tcp(1, 2).flags("S").bad_l4_checksum(),
        to_router().icmp_echo(1, 1).bad_l4_checksum(),
        to_router().icmp_echo_reply(1, 1),
        to_router().udp(1, 2).udp_length(50),
        to_router().protocol(2).payload("igmp"),
        packet().ip("10.0.0.5", "10.0.0.255").udp(1, 2),
        packet().ip("10.0.0.5", "10.0.0.255").tcp(1, 2).flags("S"),
        packet().ip("10.0.0.5", "10.0.0.255").icmp_echo(1, 1),
        packet().ip("10.0.0.5", "224.0.0.1").icmp_echo(1, 1),
    };
    for (const PacketBuilder& one : silent) {
        world.send("lan", one);
        world.expect_nothing_more();
    }
    world.send("lan", to_wan().ttl(1).ethernet("02:00:00:00:00:02", "ff:ff:ff:ff:ff:ff"));
    world.expect_nothing_more();
}

TEST(Answers, quote_576_bytes_with_precedence_six) {  // ICMP-8
    World world(gateway());
    world.send("lan", to_wan().ttl(1).tos(0x10).payload_size(1000));
    world.expect(
        "lan", {ip_src("10.0.0.1"), ip_dst("10.0.0.5"), icmp_type(11, 0), tos(0xd0), ip_length(576), ttl(64),
                dont_fragment(false), valid_checksums(), quoted({udp_ports(4000, 53), ttl(1), tos(0x10)})});
    world.expect_nothing_more();
}

TEST(Answers, come_from_the_address_that_the_client_called) {  // ICMP-10, TGT-1
    World world(gateway());
    world.send("lan", packet().ip("10.0.0.5", "198.51.100.1").udp(4000, 999));
    world.expect("lan", {ip_src("198.51.100.1"), ip_dst("10.0.0.5"), icmp_type(3, 3), valid_checksums()});
    world.send("lan", packet().ip("10.0.0.5", "172.16.0.1").tcp(4000, 999).flags("S").seq(10).tos(0x28));
    world.expect("lan", {ip_src("172.16.0.1"), tcp_flags("RA"), tcp_ack(11), tos(0x28), ip_id(0),
                         dont_fragment(true), valid_checksums()});
    world.send("lan", to_router().protocol(132).payload("0123456789ab"));
    world.expect("lan", {ip_src("10.0.0.1"), icmp_type(3, 2), valid_checksums()});
    world.send("lan", to_router().udp(1, 2).protocol(136).udp_length(8));
    world.expect("lan", {ip_src("10.0.0.1"), icmp_type(3, 3), valid_checksums()});
    world.send("lan", to_router().udp(1, 2).protocol(136).udp_length(7));
    world.expect_nothing_more();
}

TEST(Answers, to_one_destination_are_limited_to_six_and_one_a_second) {  // ICMP-9
    World world(gateway());
    for (std::uint16_t i = 0; i < 10; ++i) {
        world.send("lan", to_wan().ttl(1).id(i));
    }
    EXPECT_EQ(world.take_all().size(), 6U);
    world.pass(1.1);
    world.send("lan", to_wan().ttl(1));
    world.send("lan", to_wan().ttl(1));
    EXPECT_EQ(world.take_all().size(), 1U);
    for (std::uint16_t i = 0; i < 10; ++i) {
        world.send("lan", to_router().icmp_echo(1, i));
    }
    EXPECT_EQ(world.take_all().size(), 10U) << "echo replies are not limited by default";
}

TEST(Answers, use_the_address_of_the_arriving_interface_where_asked) {
    const std::string routes = R"(
[[route]]
to  = "10.5.0.0/16"
via = "172.16.0.9"
)";
    World back_way(gateway(routes));
    back_way.send("lan", packet().ip("10.5.0.5", "8.8.8.8").ttl(1).udp(1, 2));
    back_way.expect("dmz", {ip_src("172.16.0.1"), ip_dst("10.5.0.5"), icmp_type(11, 0)});
    World inbound(gateway(routes + R"(
[sysctl]
"net.ipv4.icmp_errors_use_inbound_ifaddr" = 1
)"));
    inbound.send("lan", packet().ip("10.5.0.5", "8.8.8.8").ttl(1).udp(1, 2));
    inbound.expect("dmz", {ip_src("10.0.0.1"), ip_dst("10.5.0.5"), icmp_type(11, 0)});
}

TEST(Host, answers_echo_and_timestamp_requests) {  // ICMP-10
    World world(gateway());
    world.send("lan", to_router().tos(0x20).ttl(1).dont_fragment().icmp_echo(9, 4).payload_size(1400));
    world.expect("lan",
                 {ip_src("10.0.0.1"), ip_dst("10.0.0.5"), icmp_type(0, 0), icmp_id(9), icmp_sequence(4),
                  ttl(64), tos(0x20), dont_fragment(false), payload_length(1400), valid_checksums()});
    world.send("lan", to_router().icmp(13, 0, 0x00050006).payload_size(12));
    world.expect("lan",
                 {icmp_type(14, 0), icmp_id(5), icmp_sequence(6), payload_length(12), valid_checksums()});
    world.expect_nothing_more();
}

TEST(Host, obeys_the_sysctls_about_echo) {
    World world(gateway(R"(
[sysctl]
"net.ipv4.icmp_echo_ignore_all" = 1
"net.ipv4.icmp_echo_ignore_broadcasts" = 0
)"));
    world.send("lan", to_router().icmp_echo(1, 1));
    world.expect_nothing_more();
    World open(gateway(R"(
[sysctl]
"net.ipv4.icmp_echo_ignore_broadcasts" = 0
"net.ipv4.ip_default_ttl" = 99
)"));
    open.send("lan", packet().ip("10.0.0.5", "10.0.0.255").icmp_echo(1, 1));
    open.expect("lan", {ip_src("10.0.0.1"), ip_dst("10.0.0.5"), icmp_type(0, 0), ttl(99), valid_checksums()});
}

TEST(Host, answers_a_ping_that_came_in_fragments) {  // FRAG-1
    World world(gateway());
    for (const PacketBuilder& piece : to_router().icmp_echo(9, 4).payload_size(3000).fragments(1480)) {
        world.send("lan", piece);
    }
    world.expect("lan", {ip_src("10.0.0.1"), icmp_type(0, 0), fragment(0, true), ip_length(1500)});
    world.expect("lan", {fragment(1480, true), ip_length(1500)});
    world.expect("lan", {fragment(2960, false), ip_length(68)});
    world.expect_nothing_more();
}

TEST(Options, are_recorded_checked_and_echoed) {  // FWD-8
    World world(gateway());
    world.send("lan",
               packet().ip("10.0.0.5", "8.8.8.8").ip_options({7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0}).udp(1, 2));
    world.expect("wan", {ip_options({7, 11, 8, 198, 51, 100, 1, 0, 0, 0, 0}), valid_checksums()});
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").ip_options({7, 7, 3, 0, 0, 0, 0}).udp(1, 2));
    world.expect("lan", {ip_src("10.0.0.1"), icmp_type(12, 0), icmp_pointer(22), valid_checksums()});
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").ip_options({131, 7, 4, 10, 0, 0, 9}).udp(1, 2));
    world.expect_nothing_more();
    world.send("lan", to_router().ip_options({7, 15, 4}).icmp_echo(1, 1));
    world.expect("lan", {icmp_type(12, 0), icmp_pointer(20), valid_checksums()});
    world.send("lan", to_router().ip_options({7, 15, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}).icmp_echo(1, 1));
    world.expect("lan", {icmp_type(0, 0), ip_options({7, 15, 12, 10, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0}),
                         valid_checksums()});
    world.expect_nothing_more();
}

TEST(Fragments, that_never_become_whole_are_told_to_the_senders_of_local_ones_only) {  // FRAG-4
    World world(gateway());
    const auto transit = to_wan().id(1).payload_size(2000).fragments(1480);
    const auto local = to_router().id(2).udp(4000, 53).payload_size(2000).fragments(1480);
    const auto headless = to_router().id(3).udp(4000, 53).payload_size(2000).fragments(1480);
    world.send_burst("lan", {transit[0], local[0], headless[1]});
    world.pass(29);
    world.expect_nothing_more();
    world.pass(2);
    world.expect("lan", {ip_src("10.0.0.1"), ip_dst("10.0.0.5"), icmp_type(11, 1), valid_checksums(),
                         quoted({ip_id(2), fragment(0, true), udp_ports(4000, 53)})});
    world.expect_nothing_more();
}

TEST(Fragments, leave_as_they_came) {  // FRAG-1
    World world(gateway());
    const auto pieces = to_wan().id(7).payload_size(100).fragments(8);
    ASSERT_EQ(pieces.size(), 14U);
    for (std::size_t i = pieces.size(); i-- > 0;) {
        world.expect_nothing_more();
        world.send("lan", pieces[i]);
    }
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        world.expect("wan", {ip_id(7), fragment(8 * i, i + 1 < pieces.size()), ttl(63), valid_ip_checksum(),
                             ip_length(20 + (i + 1 < pieces.size() ? 8U : 4U))});
    }
    world.expect_nothing_more();
}

TEST(Fragments, are_translated_as_one) {  // FRAG-7
    World world(gateway(R"(
[firewall.nat]
POSTROUTING = ["-o wan -j MASQUERADE"]
)"));
    const auto mine = to_wan().id(7).payload_size(1600).fragments(800);
    const auto other =
        packet().ip("10.0.0.6", "8.8.8.8").id(7).udp(5000, 53).payload_size(1600).fragments(800);
    world.send_burst("lan", {mine[0], other[1], other[0], mine[1], mine[2], other[2]});
    world.expect("wan", {ip_src("198.51.100.1"), udp_ports(4000, 53), fragment(0, true)});
    world.expect("wan", {ip_src("198.51.100.1"), fragment(800, true)});
    world.expect("wan", {ip_src("198.51.100.1"), fragment(1600, false)});
    world.expect("wan", {ip_src("198.51.100.1"), udp_ports(5000, 53), fragment(0, true)});
    EXPECT_EQ(world.take_all().size(), 2U);
}

TEST(Reject, is_silent_about_wrong_checksums_and_errors) {  // TGT-1, surprise 13
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-p tcp -j REJECT --reject-with tcp-reset", "-j REJECT"]
)"));
    world.send("lan", to_wan().bad_l4_checksum());
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(1, 2).flags("S").bad_l4_checksum());
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(1, 2).flags("R"));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").protocol(99).payload("abcdefgh"));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").icmp_error(3, 3, to_wan().bytes()));
    world.expect_nothing_more();
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").protocol(99).payload(Bytes(2, std::byte{0xff})));
    world.expect("lan", {ip_src("10.0.0.1"), icmp_type(3, 3), valid_checksums()});
    world.send("lan", to_wan().no_udp_checksum());
    world.expect("lan", {ip_src("10.0.0.1"), icmp_type(3, 3), valid_checksums()});
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(1, 2).flags("S").seq(5).tos(0x28));
    world.expect("lan", {ip_src("8.8.8.8"), ip_dst("10.0.0.5"), tcp_flags("RA"), tcp_ack(6), tos(0), ip_id(0),
                         dont_fragment(true), valid_checksums()});
    world.expect_nothing_more();
}

}  // namespace
}  // namespace sluice::test
