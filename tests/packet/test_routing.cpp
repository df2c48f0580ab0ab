// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

/// The last byte of the gateway that an ICMP redirect names.
std::byte gateway_of(const Bytes& frame) {
    constexpr std::size_t kAt = 14 + 20 + 4 + 3;
    return frame.size() > kAt ? frame[kAt] : std::byte{};
}

TEST(Routing, reports_a_silent_host_behind_masquerade_as_linux_does) {  // FWD-9, NAT-5, ICMP-1
    World world(gateway(R"(
[firewall.nat]
POSTROUTING = ["-o wan -j MASQUERADE"]
)"));
    world.silence("198.51.100.77");
    world.send("lan", packet().ip("10.0.0.5", "198.51.100.77").ttl(64).udp(4000, 53).payload("x"));
    world.expect_nothing_more();
    world.pass(5);
    world.expect("lan", {ip_src("198.51.100.1"), ip_dst("10.0.0.5"), icmp_type(3, 1), tos(0xc0),
                         quoted({ip_src("10.0.0.5"), ip_dst("198.51.100.77"), ttl(63), udp_ports(4000, 53)}),
                         valid_checksums()});
    world.expect_nothing_more();
}

std::string two_routers(std::string_view more = "") {
    return gateway(R"(
[[route]]
to  = "192.0.2.0/24"
via = "10.0.0.254"
)" + std::string(more));
}

TEST(Routing, tells_a_neighbour_of_the_shorter_way) {  // FWD-10
    World world(two_routers());
    world.send("lan", packet().ip("10.0.0.5", "192.0.2.1").ttl(64).udp(4000, 53).payload("x"));
    world.expect("lan", {ip_src("10.0.0.5"), ip_dst("192.0.2.1"), ttl(63), eth_dst("02:00:0a:00:00:fe")});
    const Bytes redirect =
        world.expect("lan", {ip_src("10.0.0.1"), ip_dst("10.0.0.5"), icmp_type(5, 1), tos(0xc0),
                             quoted({ip_src("10.0.0.5"), ip_dst("192.0.2.1"), ttl(63), udp_ports(4000, 53)}),
                             valid_checksums()});
    EXPECT_EQ(gateway_of(redirect), std::byte{254});
    world.send("lan", packet().ip("10.0.0.5", "192.0.2.1").udp(4000, 53).payload("x"));
    world.expect("lan", {ip_dst("192.0.2.1")});
    world.expect_nothing_more();  // too soon for another
    world.pass(0.2);
    world.send("lan", packet().ip("10.0.0.5", "192.0.2.7").udp(4000, 53).payload("x"));
    world.expect("lan", {ip_dst("192.0.2.7")});
    world.expect("lan", {icmp_type(5, 1)});
    world.expect_nothing_more();
}

TEST(Routing, keeps_redirects_about_translated_connections_to_itself) {  // FWD-10, surprise 15
    World world(two_routers(R"(
[firewall.nat]
POSTROUTING = ["-o lan -s 10.0.0.5 -j SNAT --to-source 10.0.0.1"]
)"));
    world.send("lan", packet().ip("10.0.0.5", "192.0.2.1").udp(4000, 53));
    world.expect("lan", {ip_src("10.0.0.1"), ip_dst("192.0.2.1")});
    world.expect_nothing_more();
    world.send("lan", packet().ip("10.0.0.6", "192.0.2.1").udp(4000, 53));
    world.expect("lan", {ip_src("10.0.0.6"), ip_dst("192.0.2.1")});
    world.expect("lan", {icmp_type(5, 1), ip_dst("10.0.0.6")});
    world.expect_nothing_more();
}

TEST(Routing, sends_no_redirects_where_they_are_off_or_the_sender_is_not_a_neighbour) {  // FWD-10
    World off(two_routers(R"(
[sysctl]
"net.ipv4.conf.all.send_redirects" = 0
"net.ipv4.conf.default.send_redirects" = 0
)"));
    off.send("lan", packet().ip("10.0.0.5", "192.0.2.1").udp(4000, 53));
    off.expect("lan", {ip_dst("192.0.2.1")});
    off.expect_nothing_more();
    World far(two_routers());
    far.send("lan", packet().ip("10.9.9.9", "192.0.2.1").udp(4000, 53));
    far.expect("lan", {ip_dst("192.0.2.1")});
    far.expect_nothing_more();
}

TEST(Routing, drops_what_no_router_passes_on_without_a_word) {  // FWD-6, FWD-7
    World world(gateway());
    const auto to = [](const char* source, const char* destination) {
        return packet().ip(source, destination).udp(4000, 53).payload("x");
    };
    for (const char* source :
         {"127.0.0.1", "224.0.0.9", "255.255.255.255", "0.0.0.0", "10.0.0.1", "198.51.100.1"}) {
        world.send("lan", to(source, "8.8.8.8"));
    }
    EXPECT_EQ(world.router().verdicts("martian_source"), 6U);
    world.send("lan", to("10.0.0.5", "127.0.0.1"));
    EXPECT_EQ(world.router().verdicts("martian_destination"), 1U);
    world.send("lan", to("10.0.0.5", "239.1.1.1").ethernet("02:00:00:00:00:05", "01:00:5e:01:01:01"));
    EXPECT_EQ(world.router().verdicts("multicast_not_forwarded"), 1U);
    world.send("lan", to("10.0.0.5", "8.8.8.8").ethernet("02:00:00:00:00:05", "ff:ff:ff:ff:ff:ff"));
    EXPECT_EQ(world.router().verdicts("group_frame"), 1U);
    world.send("lan", to("10.0.0.5", "172.16.0.255"));
    world.send("lan", to("10.0.0.5", "255.255.255.255").ethernet("02:00:00:00:00:05", "ff:ff:ff:ff:ff:ff"));
    world.expect_nothing_more();
}

TEST(Routing, filters_by_the_reverse_path_where_asked) {  // FWD-6
    World world(gateway(R"(
[sysctl]
"net.ipv4.conf.lan.rp_filter" = 1
)"));
    world.send("lan", packet().ip("172.16.0.5", "8.8.8.8").udp(4000, 53));
    world.expect_nothing_more();
    EXPECT_EQ(world.router().verdicts("reverse_path"), 1U);
    for (int i = 0; i < 3; ++i) {
        world.send("dmz", packet().ip("10.0.0.7", "8.8.8.8").udp(4000, 53));  // off there
        world.expect("wan", {ip_src("10.0.0.7")});
    }
}

TEST(Routing, does_not_forward_where_forwarding_is_off) {
    World world(gateway(R"(
[sysctl]
"net.ipv4.ip_forward" = 0
)"));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53));
    world.expect_nothing_more();
    EXPECT_EQ(world.router().verdicts("forwarding_disabled"), 1U);
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").icmp_echo(7, 1));
    world.expect("lan", {icmp_type(0, 0)});
}

TEST(Routing, answers_questions_for_its_addresses) {  // FWD-9
    World world(gateway());
    for (const char* own : {"10.0.0.1", "198.51.100.1"}) {
        world.send("lan", packet()
                              .ethernet("02:00:00:00:00:05", "ff:ff:ff:ff:ff:ff")
                              .arp_request("02:00:00:00:00:05", "10.0.0.5", own));
        const Bytes reply = world.expect("lan", {eth_dst("02:00:00:00:00:05")});
        ASSERT_EQ(reply.size(), 42U);
        EXPECT_EQ(reply[21], std::byte{2});
    }
    world.send("lan", packet()
                          .ethernet("02:00:00:00:00:05", "ff:ff:ff:ff:ff:ff")
                          .arp_request("02:00:00:00:00:05", "10.0.0.5", "10.0.0.9"));
    world.expect_nothing_more();
}

TEST(Routing, speaks_with_a_tag_on_a_vlan) {  // FWD-11
    World world(gateway(R"(
[[interface]]
name    = "guests"
parent  = "lan"
vlan    = 100
address = ["10.100.0.1/24"]
)"));
    for (int i = 0; i < 3; ++i) {
        world.send("lan", packet().ip("10.0.0.5", "10.100.0.9").ttl(64).udp(4000, 53).payload("x"));
        world.expect("guests", {on_vlan(100), ip_dst("10.100.0.9"), ttl(63), valid_checksums()});
        world.send("guests", packet().vlan(100).ip("10.100.0.9", "10.0.0.5").udp(53, 4000).payload("y"));
        world.expect("lan", {untagged(), ip_src("10.100.0.9"), valid_checksums()});
    }
    world.send("guests", packet()
                             .ethernet("02:00:00:00:00:05", "ff:ff:ff:ff:ff:ff")
                             .vlan(100)
                             .arp_request("02:00:00:00:00:05", "10.100.0.9", "10.100.0.1"));
    world.expect("guests", {on_vlan(100), eth_dst("02:00:00:00:00:05")});
    world.expect_nothing_more();
}

TEST(Routing, records_the_address_of_the_way_out) {  // FWD-8
    World world(gateway());
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").ip_options({7, 7, 4, 0, 0, 0, 0, 0}).udp(4000, 53));
    world.expect("wan", {ip_options({7, 7, 8, 198, 51, 100, 1, 0}), valid_checksums()});
}

}  // namespace
}  // namespace sluice::test
