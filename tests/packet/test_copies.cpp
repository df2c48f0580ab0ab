// SPDX-License-Identifier: BSD-3-Clause
//
// TEE: copies of packets, both ways (World runs each packet with and without the short way).
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

PacketBuilder query() {
    return packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53);
}
PacketBuilder answer() {
    return packet().ip("8.8.8.8", "198.51.100.1").udp(53, 4000);
}

constexpr std::string_view kMasquerade = "[firewall.nat]\nPOSTROUTING = [\"-o wan -j MASQUERADE\"]\n";

// TGT-2
TEST(Copies, a_copy_leaves_in_front_of_its_packet_as_the_packet_stood_at_the_rule) {
    World world(gateway(std::string(kMasquerade) + R"(
[firewall.mangle]
PREROUTING = ["-i lan -j TEE --gateway 172.16.0.9"]
OUTPUT = ["-m conntrack --ctstate UNTRACKED", "-m conntrack ! --ctstate UNTRACKED"]
POSTROUTING = ["-o dmz -j TTL --ttl-inc 2"]
)"));
    world.send("lan", query().payload_size(1));  // the neighbours are asked for
    world.take_all();
    world.send("wan", answer());
    world.take_all();
    for (int i = 0; i < 5; ++i) {
        world.send("lan", query().ttl(64).id(7).payload_size(static_cast<std::size_t>(i)));
        world.expect("dmz", {eth_dst("02:00:ac:10:00:09"), ip_src("10.0.0.5"), ip_dst("8.8.8.8"), ttl(65),
                             ip_id(7), dont_fragment(true), udp_ports(4000, 53), valid_checksums()});
        world.expect("wan",
                     {ip_src("198.51.100.1"), ttl(63), ip_id(7), dont_fragment(false), valid_checksums()});
    }
    world.expect_nothing_more();
    EXPECT_GT(world.short_way_packets(), 3U);
    EXPECT_EQ(world.router().connections(), 1U);
    EXPECT_EQ(world.count_of("--ctstate UNTRACKED"), "[6:179]");
    EXPECT_EQ(world.count_of("! --ctstate UNTRACKED"), "[0:0]");
}

// TGT-2
TEST(Copies, each_rule_makes_one_and_copies_make_none) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-j TEE --gateway 172.16.0.9", "-j MARK --set-mark 4", "-j TEE --gateway 172.16.0.10", "-j DROP"]
OUTPUT = ["-j TEE --gateway 172.16.0.11", "-m mark --mark 4"]
)"));
    world.send("lan", query());
    world.take_all();
    for (int i = 0; i < 4; ++i) {
        world.send("lan", query());
        world.expect("dmz", {eth_dst("02:00:ac:10:00:09"), ttl(63), valid_checksums()});
        world.expect("dmz", {eth_dst("02:00:ac:10:00:0a"), ttl(63), valid_checksums()});
    }
    world.expect_nothing_more();
    EXPECT_EQ(world.count_of("--gateway 172.16.0.11"), "[10:280]");
    EXPECT_EQ(world.count_of("--mark 0x4"), "[5:140]");
}

// TGT-2
TEST(Copies, a_copy_that_is_too_large_is_told_to_the_sender_and_a_rebuilt_one_leaves_in_pieces) {
    World world(gateway(R"(
[firewall.mangle]
FORWARD = ["-j TEE --gateway 172.16.0.9"]
)"));
    world.send("lan", query());
    world.take_all();
    for (const PacketBuilder& piece : query().payload_size(2000).fragments(1000)) {
        world.send("lan", piece);
    }
    const auto sent = world.take_all();
    ASSERT_EQ(sent.size(), 6U);
    EXPECT_EQ(sent[0].interface, "dmz");
    EXPECT_EQ(sent[3].interface, "wan");
    EXPECT_EQ(sent[0].frame.size(), sent[3].frame.size());
}

// TGT-2
TEST(Copies, without_a_way_there_is_no_copy) {
    World world(gateway(R"(
[[route]]
to = "192.0.2.0/24"
type = "unreachable"
[firewall.mangle]
FORWARD = ["-j TEE --gateway 192.0.2.7", "-j TEE --gateway 10.0.0.1"]
)"));
    world.send("lan", query());
    world.take_all();
    world.send("lan", query());
    world.expect("wan", {ip_src("10.0.0.5")});
    world.expect_nothing_more();
    EXPECT_EQ(world.router().verdicts("route_unreachable"), 2U);
    EXPECT_EQ(world.router().verdicts("local_ignored"), 2U);
}

// TGT-2
TEST(Copies, the_neighbour_of_a_copy_is_asked_for_on_the_interface_that_the_rule_names) {
    World world(gateway(R"(
[[route]]
to = "192.0.2.0/24"
via = "172.16.0.7"
[firewall.mangle]
FORWARD = ["-j TEE --gateway 203.0.113.7 --oif dmz", "-j TEE --gateway 192.0.2.7 --oif dmz", "-j TEE --gateway 192.0.2.7 --oif wan"]
)"));
    world.send("lan", query());
    world.take_all();
    world.send("lan", query());
    world.expect(
        "dmz",
        {eth_dst("02:00:08:08:08:08")});  // as in Linux: no route leads there, so the copy is for that link
    world.expect("dmz", {eth_dst("02:00:ac:10:00:07")});
    world.expect("wan", {eth_dst("02:00:c6:33:64:fe"), dont_fragment(true)});
    world.expect("wan", {eth_dst("02:00:c6:33:64:fe"), dont_fragment(false)});
    world.expect_nothing_more();
}

// TGT-2
TEST(Copies, a_neighbour_that_is_silent_holds_copies_and_no_packets) {
    World world(gateway("[firewall.mangle]\nPREROUTING = [\"-i lan -j TEE --gateway 172.16.0.9\"]\n"));
    world.silence("172.16.0.9");
    world.send("lan", query());
    world.take_all();
    world.send("lan", query());
    world.expect("wan", {ip_src("10.0.0.5")});
    world.expect_nothing_more();
    world.pass(5);
    world.expect("lan", {icmp_type(3, 1), quoted({ip_dst("8.8.8.8"), dont_fragment(true)})});
}

}  // namespace
}  // namespace sluice::test
