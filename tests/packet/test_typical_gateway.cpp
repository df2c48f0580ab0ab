// SPDX-License-Identifier: BSD-3-Clause
//
// The ruleset of a typical gateway keeps its established connections on the short way.
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

constexpr std::string_view kRules = R"(
[ipset.blocked]
type = "hash:net"
elements = ["192.0.2.0/24"]
[firewall.mangle]
PREROUTING = ["-j CONNMARK --restore-mark", "-i lan -s 10.0.0.0/25 -m mark --mark 0 -j MARK --set-mark 1",
              "-m mark ! --mark 0 -j CONNMARK --save-mark"]
FORWARD = ["-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu"]
[firewall.nat]
POSTROUTING = ["-o wan -j MASQUERADE"]
[firewall.filter]
FORWARD = ["-m conntrack --ctstate INVALID -j DROP", "-m set --match-set blocked src -j DROP",
           "-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
           "-i lan -m hashlimit --hashlimit-upto 100/sec --hashlimit-burst 50 --hashlimit-mode srcip --hashlimit-name new -j ACCEPT",
           "-m limit --limit 5/min -j LOG --log-prefix dropped", "-j DROP"]
)";

TEST(TypicalGateway, ninety_nine_of_a_hundred_packets_of_established_connections_take_the_short_way) {
    constexpr int kConnections = 10;
    constexpr int kEachWay = 300;
    World world(gateway(kRules));
    for (int i = 0; i < kConnections; ++i) {
        const auto port = static_cast<std::uint16_t>(4000 + i);
        const auto client = [&] { return packet().ip("10.0.0.5", "8.8.8.8").tcp(port, 80); };
        const auto server = [&] { return packet().ip("8.8.8.8", "198.51.100.1").tcp(80, port); };
        world.send("lan", client().seq(100).flags("S").tcp_options({2, 4, 5, 180}));
        world.send("wan", server().seq(500).flags("SA").ack(101).tcp_options({2, 4, 5, 180}));
        for (int j = 0; j < kEachWay; ++j) {
            world.send("lan", client().seq(101).flags("A").ack(501));
            world.send("wan", server().seq(501).flags("A").ack(101).payload("data"));
        }
    }
    constexpr std::uint64_t kEstablished = std::uint64_t{kConnections} * (1 + 2 * kEachWay);
    EXPECT_EQ(world.take_all().size(), kEstablished + kConnections);
    EXPECT_GE(world.short_way_packets() * 100, kEstablished * 99) << world.short_way_packets();
}

}  // namespace
}  // namespace sluice::test
