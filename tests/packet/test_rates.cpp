// SPDX-License-Identifier: BSD-3-Clause
//
// RATEEST and rateest, both ways (World runs each packet with and without the short way).
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

PacketBuilder query() {
    return packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53);
}

// MAT-5
TEST(Rates, a_rate_follows_what_is_counted_and_rules_ask_it_of_each_packet) {
    World world(gateway(R"(
[firewall.mangle]
PREROUTING = ["-p udp -j RATEEST --rateest-name r --rateest-interval 250ms --rateest-ewmalog 500ms"]
[firewall.filter]
FORWARD = ["-m rateest --rateest r --rateest-gt --rateest-pps 15 -j DROP"]
)"));
    world.send("lan", query());
    world.pass(0.1);
    for (int i = 0; i < 10; ++i) {
        world.send("lan", query());
    }
    world.take_all();
    world.pass(0.3);  // 11 packets in 250 ms: 44 a second, of which the average takes one half
    world.send("lan", query());
    world.expect_nothing_more();
    world.pass(0.2);  // 11 and 2
    world.send("lan", query());
    world.expect("wan", {ip_src("10.0.0.5")});
    world.expect_nothing_more();
    EXPECT_EQ(world.count_of("-j DROP"), "[1:28]");
    EXPECT_GT(world.short_way_packets(), 5U);
}

}  // namespace
}  // namespace sluice::test
