// SPDX-License-Identifier: BSD-3-Clause
//
// Targets that change headers. World runs each packet with and without the short way and compares frames and counters.
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

PacketBuilder query() { return packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53); }
PacketBuilder answer() { return packet().ip("8.8.8.8", "10.0.0.5").udp(53, 4000); }

TEST(Changes, a_ttl_is_set_lowered_and_asked_in_their_order) {  // TGT-5
    World world(gateway(R"(
[firewall.mangle]
PREROUTING  = ["-i lan -j TTL --ttl-inc 1"]
POSTROUTING = ["-m ttl --ttl-eq 64 -j TOS --set-tos 0x10", "-o wan -m ttl --ttl-lt 10 -j TTL --ttl-set 1"]
)"));
    for (int i = 0; i < 4; ++i) {
        world.send("lan", query().ttl(64));
        world.expect("wan", {ttl(64), tos(0x10), valid_checksums()});
        world.send("lan", query().ttl(9));
        world.expect("wan", {ttl(1), valid_checksums()});
        world.send("wan", answer().ttl(65));
        world.expect("lan", {ttl(64), tos(0x10), valid_checksums()});
    }
    EXPECT_EQ(world.count_of("--set-tos 0x10"), "[8:224]");
    EXPECT_GT(world.short_way_packets(), 5U);
}

TEST(Changes, a_syn_is_clamped_to_what_the_path_carries_and_data_takes_the_short_way) {  // TGT-6
    World world(gateway(R"(
[firewall.mangle]
FORWARD = ["-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1000"]
)"));
    const auto client = [] { return packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).seq(100); };
    const auto server = [] { return packet().ip("8.8.8.8", "10.0.0.5").tcp(80, 4000).seq(500); };
    const std::vector<std::uint8_t> offer = {2, 4, 5, 180};
    world.send("lan", client().flags("S").tcp_options(offer));
    const Bytes syn = world.expect("wan", {valid_checksums()});
    EXPECT_EQ(std::to_integer<int>(syn[14 + 42]) * 256 + std::to_integer<int>(syn[14 + 43]), 1000);
    world.send("wan", server().flags("SA").ack(101));
    const Bytes longer = world.expect("lan", {valid_checksums()});
    EXPECT_EQ(longer.size(), 14U + 44U) << "an option of 536 is added";
    for (int i = 0; i < 5; ++i) {
        world.send("lan", client().seq(101).flags("A").ack(501));
        world.send("wan", server().seq(501).flags("A").ack(101));
    }
    EXPECT_EQ(world.take_all().size(), 10U);
    EXPECT_EQ(world.count_of("--set-mss 1000"), "[2:84]");
    EXPECT_GT(world.short_way_packets(), 5U);
}

TEST(Changes, what_is_not_tracked_is_routed_and_nothing_else) {  // TGT-8
    World world(gateway(R"(
[firewall.raw]
PREROUTING = ["-p udp --dport 53 -j NOTRACK", "-m conntrack --ctstate UNTRACKED"]
[firewall.nat]
POSTROUTING = ["-j MASQUERADE"]
[firewall.filter]
FORWARD = ["-m conntrack --ctstate UNTRACKED -j ACCEPT", "-j DROP"]
)"));
    for (int i = 0; i < 3; ++i) {
        world.send("lan", query());
        world.expect("wan", {ip_src("10.0.0.5"), valid_checksums()});
    }
    world.send("wan", answer());
    world.expect_nothing_more();
    EXPECT_EQ(world.count_of("--ctstate UNTRACKED -j ACCEPT"), "[3:84]");
    EXPECT_EQ(world.router().connections(), 0U);
}

}  // namespace
}  // namespace sluice::test
