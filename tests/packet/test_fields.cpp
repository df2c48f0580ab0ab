// SPDX-License-Identifier: BSD-3-Clause
//
// Matches on what changes from packet to packet of one connection, on its remembered paths. World runs each packet
// with and without the short way and compares, so a guard that answers wrongly shows as a difference.
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

PacketBuilder query() { return packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53); }
PacketBuilder answer() { return packet().ip("8.8.8.8", "10.0.0.5").udp(53, 4000); }

/// A connection in both directions, so that the next packets have paths.
void begin(World& world) {
    for (int i = 0; i < 2; ++i) {
        world.send("lan", query());
        world.send("wan", answer());
    }
    world.take_all();
}

TEST(Fields, a_ttl_is_asked_behind_its_decrement_and_a_second_path_lies_beside_the_first) {  // MAT-3
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m ttl --ttl-eq 63", "-m ttl --ttl-lt 10 -j DROP"]
)"));
    begin(world);
    const std::uint64_t before = world.short_way_packets();
    for (int i = 0; i < 6; ++i) {
        world.send("lan", query().ttl(64));
        world.expect("wan", {ttl(63), valid_checksums()});
        world.send("lan", query().ttl(65));
        world.expect("wan", {ttl(64), valid_checksums()});
        world.send("lan", query().ttl(11));
        world.expect("wan", {ttl(10)});
        world.send("lan", query().ttl(10));
    }
    world.expect_nothing_more();
    EXPECT_EQ(world.count_of("--ttl-eq 63"), "[10:280]");
    EXPECT_EQ(world.count_of("--ttl-lt 10"), "[6:168]");
    EXPECT_GT(world.short_way_packets(), before + 15);
}

TEST(Fields, two_lengths_on_one_connection_have_two_paths) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m length --length 100:200 -j ACCEPT", "-m length ! --length 0:999 -j DROP"]
)"));
    begin(world);
    const std::uint64_t before = world.short_way_packets();
    for (int i = 0; i < 5; ++i) {
        world.send("lan", query().payload_size(72));
        world.send("lan", query().payload_size(173));
        world.send("lan", query().payload_size(972));
        world.send("lan", query().payload_size(971));
    }
    EXPECT_EQ(world.take_all().size(), 15U);
    EXPECT_EQ(world.count_of("--length 100:200"), "[5:500]");
    EXPECT_EQ(world.count_of("--length 0:999"), "[5:5000]");
    EXPECT_GT(world.short_way_packets(), before + 12);
}

TEST(Fields, tos_dscp_and_ecn_are_asked_of_every_packet) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m tos --tos 0x10/0x3f", "-m dscp --dscp-class EF", "-m ecn --ecn-ip-ect 3 -j DROP"]
)"));
    begin(world);
    for (int i = 0; i < 4; ++i) {
        for (const int value : {0x00, 0x10, 0x50, 0xb8, 0xbb, 0xb9}) {
            world.send("lan", query().tos(static_cast<std::uint8_t>(value)));
        }
    }
    EXPECT_EQ(world.take_all().size(), 20U);
    EXPECT_EQ(world.count_of("--tos 0x10/0x3f"), "[8:224]");
    EXPECT_EQ(world.count_of("--dscp 0x2e"), "[12:336]");
    EXPECT_EQ(world.count_of("--ecn-ip-ect 3"), "[4:112]");
}

TEST(Fields, the_sender_of_a_frame_may_change_within_a_connection) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m mac --mac-source 02:00:00:00:00:99 -j DROP"]
)"));
    begin(world);
    for (int i = 0; i < 4; ++i) {
        world.send("lan", query());
        world.expect("wan", {});
    }
    EXPECT_EQ(world.count_of("--mac-source"), "[0:0]");
    const net::MacAddress mac = world.router().mac_of_interface("lan");
    std::string own;
    for (const std::uint8_t byte : mac.bytes) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        own += own.empty() ? "" : ":";
        own += kDigits[byte / 16];
        own += kDigits[byte % 16];
    }
    for (int i = 0; i < 4; ++i) {
        world.send("lan", query().ethernet("02:00:00:00:00:99", own));
        world.send("lan", query().ethernet("02:00:00:00:00:98", own));
        world.expect("wan", {});
    }
    world.expect_nothing_more();
    EXPECT_EQ(world.count_of("--mac-source"), "[4:112]");
}

TEST(Fields, the_status_of_a_connection_grows_while_its_paths_are_remembered) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = [
  "-m conntrack ! --ctstatus CONFIRMED",
  "-m conntrack --ctstatus SEEN_REPLY",
  "-m conntrack --ctstatus ASSURED",
  "-m conntrack --ctstatus NONE -j DROP",
]
)"));
    for (int i = 0; i < 4; ++i) {
        world.send("lan", query());
    }
    EXPECT_EQ(world.count_of("! --ctstatus CONFIRMED"), "[1:28]");
    EXPECT_EQ(world.count_of("--ctstatus SEEN_REPLY"), "[0:0]");
    for (int i = 0; i < 4; ++i) {
        world.send("wan", answer());
        world.send("lan", query());
    }
    EXPECT_EQ(world.count_of("--ctstatus SEEN_REPLY"), "[8:224]");
    EXPECT_EQ(world.count_of("--ctstatus ASSURED"), "[0:0]");
    world.pass(3);
    for (int i = 0; i < 4; ++i) {
        world.send("wan", answer());
        world.send("lan", query());
    }
    EXPECT_EQ(world.count_of("--ctstatus ASSURED"), "[8:224]");
    EXPECT_EQ(world.take_all().size(), 20U);
}

TEST(Fields, the_rest_of_a_connections_life_is_asked_of_every_packet) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m conntrack --ctexpire 30", "-m conntrack --ctexpire 0", "-m conntrack --ctexpire 31:"]
)"));
    for (int i = 0; i < 4; ++i) {
        world.send("lan", query());
        world.pass(1);
    }
    EXPECT_EQ(world.count_of("--ctexpire 30"), "[3:84]");
    EXPECT_EQ(world.count_of("--ctexpire 0\n"), "[1:28]") << "the first packet's has no deadline yet";
    world.send("wan", answer());
    world.pass(3);
    for (int i = 0; i < 4; ++i) {
        world.send("wan", answer());
    }
    EXPECT_EQ(world.count_of("--ctexpire 31:4294967295"), "[4:112]");
}

TEST(Fields, the_tuples_of_a_translated_connection_stay_what_they_are) {
    World world(gateway(R"(
[firewall.nat]
POSTROUTING = ["-o wan -j MASQUERADE"]
[firewall.filter]
FORWARD = [
  "-m conntrack --ctorigsrc 10.0.0.0/8 --ctorigdst 8.8.8.8 --ctorigsrcport 4000 --ctorigdstport 53 --ctproto udp",
  "-m conntrack --ctreplsrc 8.8.8.8 --ctreplsrcport 53 --ctrepldstport 4000",
  "-m conntrack --ctrepldst 198.51.100.1",
  "-m conntrack --ctdir REPLY",
  "-m conntrack ! --ctproto udp -j DROP",
]
)"));
    for (int i = 0; i < 4; ++i) {
        world.send("lan", query());
        world.expect("wan", {ip_src("198.51.100.1")});
        world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").udp(53, 4000));
        world.expect("lan", {ip_dst("10.0.0.5")});
    }
    EXPECT_EQ(world.count_of("--ctorigsrc"), "[8:224]");
    EXPECT_EQ(world.count_of("--ctreplsrc 8.8.8.8"), "[8:224]");
    EXPECT_EQ(world.count_of("--ctrepldst 198.51.100.1"), "[7:196]") << "not before POSTROUTING has chosen it";
    EXPECT_EQ(world.count_of("--ctdir REPLY"), "[4:112]");
    EXPECT_GT(world.short_way_packets(), 3U);
}

TEST(Fields, an_address_that_becomes_the_routers_own_is_local_to_established_connections) {
    const std::string rules = R"(
[firewall.filter]
FORWARD = ["-m addrtype --src-type LOCAL", "-m addrtype --dst-type UNICAST", "-m addrtype ! --dst-type UNICAST"]
INPUT   = ["-m addrtype --dst-type LOCAL --limit-iface-in", "-m addrtype --dst-type BROADCAST"]
)";
    World world(gateway(rules));
    begin(world);
    for (int i = 0; i < 3; ++i) {
        world.send("lan", query());
        world.expect("wan", {});
    }
    EXPECT_EQ(world.count_of("--dst-type UNICAST"), "[7:196]");
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").icmp_echo(7, 1));
    world.send("lan", packet().ip("10.0.0.5", "198.51.100.1").icmp_echo(8, 1));
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.255").udp(4000, 4000));
    world.take_all();
    EXPECT_EQ(world.count_of("--limit-iface-in"), "[1:28]") << "the other one is not an address of lan";
    EXPECT_EQ(world.count_of("--dst-type BROADCAST"), "[1:28]");
}

TEST(Fields, frames_to_a_group_are_told_apart) {
    World world(gateway(R"(
[firewall.filter]
INPUT = ["-m pkttype --pkt-type broadcast", "-m pkttype --pkt-type multicast", "-m pkttype --pkt-type unicast"]
)"));
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.255").udp(1, 2).ethernet("02:00:00:00:00:99", "ff:ff:ff:ff:ff:ff"));
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").udp(1, 2).ethernet("02:00:00:00:00:99", "01:00:5e:00:00:01"));
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").udp(3, 2));
    world.take_all();
    EXPECT_EQ(world.count_of("broadcast"), "[1:28]");
    EXPECT_EQ(world.count_of("multicast"), "[1:28]");
    EXPECT_EQ(world.count_of("unicast"), "[1:28]");
}

}  // namespace
}  // namespace sluice::test
