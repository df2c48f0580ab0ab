// SPDX-License-Identifier: BSD-3-Clause
//
// recent and hashlimit, both ways (World runs each packet with and without the short way).
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

PacketBuilder query(const std::string& from, std::uint16_t port = 4000) {
    return packet().ip(from, "8.8.8.8").udp(port, 53);
}

// MAT-5: the classic of five lines against guessers of passwords.
TEST(Keyed, a_host_that_comes_too_often_waits_until_it_has_been_quiet) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-p udp -m recent --update --seconds 10 --hitcount 4 --name knock -j DROP",
           "-p udp -m recent --set --name knock"]
)"));
    std::size_t passed = 0;
    for (int i = 0; i < 8; ++i) {
        world.send("lan", query("10.0.0.5"));
        passed += world.take_all().size();
        world.pass(1);
    }
    EXPECT_EQ(passed, 4U);
    world.send("lan", query("10.0.0.6"));
    EXPECT_EQ(world.take_all().size(), 1U);
    world.pass(11);
    world.send("lan", query("10.0.0.5"));
    EXPECT_EQ(world.take_all().size(), 1U);
    EXPECT_EQ(world.count_of("--update"), "[4:112]");
    EXPECT_EQ(world.count_of("--set"), "[6:168]");
}

TEST(Keyed, a_host_is_taken_from_the_list_and_no_longer_known) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-p udp --dport 1 -m recent --set --name a -j DROP",
           "-p udp --dport 2 -m recent --remove --name a -j DROP",
           "-p udp --dport 3 -m recent ! --rcheck --name a -j DROP"]
)"));
    const auto knock = [&](std::uint16_t port) {
        world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, port));
        return world.take_all().size();
    };
    EXPECT_EQ(knock(3), 0U);
    EXPECT_EQ(knock(1), 0U);
    EXPECT_EQ(knock(3), 1U);
    EXPECT_EQ(knock(2), 0U);
    EXPECT_EQ(knock(2), 1U);
    EXPECT_EQ(knock(3), 0U);
}

TEST(Keyed, a_full_list_forgets_who_was_longest_not_seen) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-p udp --dport 53 -m recent --set --name a",
           "-p udp --dport 3 -m recent ! --rcheck --name a -j DROP"]
)"));
    for (int host = 1; host <= 101; ++host) {
        world.send("lan", query("10.0.1." + std::to_string(host)));
        if (host == 50) {
            world.send("lan", query("10.0.1.1"));
        }
    }
    EXPECT_EQ(world.take_all().size(), 102U);
    const auto knows = [&](int host) {
        world.send("lan", packet().ip("10.0.1." + std::to_string(host), "8.8.8.8").udp(4000, 3));
        return world.take_all().size() == 1;
    };
    EXPECT_TRUE(knows(1));
    EXPECT_FALSE(knows(2));
    EXPECT_TRUE(knows(3));
    EXPECT_TRUE(knows(101));
}

TEST(Keyed, each_source_has_a_bucket_of_its_own) {  // MAT-5
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m hashlimit --hashlimit-upto 1/second --hashlimit-burst 3 --hashlimit-mode srcip --hashlimit-name h --hashlimit-htable-expire 9000 -j ACCEPT",
           "-j DROP"]
)"));
    for (int second = 0; second < 3; ++second) {
        for (int i = 0; i < 5; ++i) {
            world.send("lan", query("10.0.0.5"));
            world.send("lan", query("10.0.0.6", static_cast<std::uint16_t>(4000 + i)));
        }
        EXPECT_EQ(world.take_all().size(), second == 0 ? 6U : 2U) << second;
        world.pass(1);
    }
    world.pass(60);
    for (int i = 0; i < 5; ++i) {
        world.send("lan", query("10.0.0.5"));
    }
    EXPECT_EQ(world.take_all().size(), 3U);
}

TEST(Keyed, what_exceeds_a_rate_in_bytes) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m hashlimit --hashlimit-above 10kb/s --hashlimit-mode srcip,dstip --hashlimit-name b -j DROP"]
)"));
    for (int i = 0; i < 20; ++i) {
        world.send("lan", query("10.0.0.5").payload_size(1000 - 28));
    }
    EXPECT_EQ(world.take_all().size(), 10U);
    world.pass(1);
    for (int i = 0; i < 20; ++i) {
        world.send("lan", query("10.0.0.5").payload_size(1000 - 28));
    }
    EXPECT_EQ(world.take_all().size(), 10U);
}

TEST(Keyed, a_table_that_is_full_drops_new_groups) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m hashlimit --hashlimit-above 1000/second --hashlimit-mode srcport --hashlimit-name f --hashlimit-htable-size 16 --hashlimit-htable-max 16"]
)"));
    for (std::uint16_t port = 1; port <= 20; ++port) {
        world.send("lan", query("10.0.0.5", port));
    }
    EXPECT_EQ(world.take_all().size(), 16U);
}

// MAT-5: closed connections and those that are gone count no more.
TEST(Keyed, an_address_has_so_many_connections) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m connlimit --connlimit-above 2 -j DROP"]
)"));
    const auto begin = [&](std::uint16_t port) {
        world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(port, 53));
        return world.take_all().size() == 1;
    };
    EXPECT_TRUE(begin(1));
    EXPECT_TRUE(begin(2));
    EXPECT_FALSE(begin(3));
    EXPECT_TRUE(begin(1)) << "one that counts already";
    world.send("lan", packet().ip("10.0.0.6", "8.8.8.8").udp(1, 53));
    EXPECT_EQ(world.take_all().size(), 1U) << "another address";
    world.pass(31);
    EXPECT_TRUE(begin(4));
    EXPECT_TRUE(begin(5));
    EXPECT_FALSE(begin(6));
    EXPECT_EQ(world.count_of("--connlimit-above"), "[2:56]");
}

}  // namespace
}  // namespace sluice::test
