// SPDX-License-Identifier: BSD-3-Clause
//
// Matches on what lies beside the packet, with and without remembered paths.
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

TEST(Strangers, routes_have_no_realm_and_interfaces_no_group_and_no_helper_expects_anything) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m realm --realm 0", "-m realm --realm 1", "-m devgroup --src-group 0 ! --dst-group 7", "-m devgroup --dst-group 1",
           "-m helper --helper ftp", "-m helper ! --helper sip", "-m cpu --cpu 0", "-m cpu ! --cpu 0"]
)"));
    for (int i = 0; i < 5; ++i) {
        world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53));
    }
    EXPECT_EQ(world.take_all().size(), 5U);
    for (const char* yes : {"--realm cosmos", "! --dst-group 0x7", "! --helper sip", "-m cpu --cpu 0"}) {
        EXPECT_EQ(world.count_of(yes), "[5:140]") << yes;
    }
    for (const char* no : {"--realm 0x1", "--dst-group 0x1", "--helper ftp", "! --cpu 0"}) {
        EXPECT_EQ(world.count_of(no), "[0:0]") << no;
    }
    EXPECT_GT(world.short_way_packets(), 2U);
}

TEST(Strangers, who_began_a_connection_says_which_node_of_a_cluster_deals_with_it) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m cluster --cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 7",
           "-m cluster --cluster-total-nodes 2 --cluster-local-node 2 --cluster-hash-seed 7",
           "-m cluster --cluster-total-nodes 2 ! --cluster-local-node 2 --cluster-hash-seed 7"]
[firewall.nat]
POSTROUTING = ["-o wan -j MASQUERADE"]
)"));
    for (int i = 0; i < 3; ++i) {
        for (const char* host : {"10.0.0.5", "10.0.0.6", "10.0.0.7", "10.0.0.8"}) {
            world.send("lan",
                       packet().ip(host, "8.8.8.8").udp(static_cast<std::uint16_t>(4000 + host[7]), 53));
        }
        for (const char port : {'5', '6', '7', '8'}) {
            world.send(
                "wan",
                packet().ip("8.8.8.8", "198.51.100.1").udp(53, static_cast<std::uint16_t>(4000 + port)));
        }
    }
    EXPECT_EQ(world.take_all().size(), 24U);
    EXPECT_EQ(world.count_of("-m cluster --cluster-local-nodemask 0x00000001"),
              world.count_of("! --cluster-local-nodemask 0x00000002"));
    EXPECT_NE(world.count_of("-m cluster --cluster-local-nodemask 0x00000001"), "[0:0]");
    EXPECT_NE(world.count_of("-m cluster --cluster-local-nodemask 0x00000002"), "[0:0]");
    EXPECT_GT(world.short_way_packets(), 6U);
}

}  // namespace
}  // namespace sluice::test
