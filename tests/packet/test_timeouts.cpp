// SPDX-License-Identifier: BSD-3-Clause
//
// Timeout policies of connections. World runs each packet with and without the short way and compares.
#include <gtest/gtest.h>

#include <fmt/core.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

constexpr const char* kRules = R"(
[firewall.raw]
PREROUTING = ["-p udp --dport 53 -j CT --timeout game"]
)";
constexpr const char* kNoRules = R"(
[firewall.raw]
PREROUTING = ["-p udp --dport 53"]
)";

std::string policy(const char* name, int unreplied) {
    return fmt::format("[conntrack.timeout.{}]\nprotocol = \"udp\"\nunreplied = {}\n", name, unreplied);
}

PacketBuilder query(std::uint16_t port = 53) { return packet().ip("10.0.0.5", "8.8.8.8").udp(4000, port); }

/// The seconds that are left of the one connection to a port.
int seconds_left(const World& world, const char* port) {
    for (const std::string& line : world.router().connection_lines()) {
        if (line.find(port) != std::string::npos) {
            const std::size_t number = line.find_first_of("0123456789");  // of the protocol
            return std::stoi(line.substr(line.find(' ', number)));
        }
    }
    return -1;
}

TEST(Timeouts, a_connection_lives_by_the_policy_that_it_began_with) {  // CT-5
    World world(gateway(policy("game", 200) + kRules));
    world.send("lan", query());
    world.send("lan", query(54));
    EXPECT_EQ(seconds_left(world, "dport=53"), 200);
    EXPECT_EQ(seconds_left(world, "dport=54"), 30);
    world.pass(10);
    world.send("lan", query());
    EXPECT_EQ(seconds_left(world, "dport=53"), 200);
    world.pass(60);
    EXPECT_EQ(seconds_left(world, "dport=53"), 140);
    EXPECT_EQ(seconds_left(world, "dport=54"), -1);
    static_cast<void>(world.take_all());
}

TEST(Timeouts, a_policy_may_change_go_and_come_back_and_no_other_takes_its_place) {  // CT-5, OPS-2
    World world(gateway(policy("game", 200) + kRules));
    const auto after = [&](const std::string& extra) {
        world.reload(gateway(extra));
        world.send("lan", query());
        return seconds_left(world, "dport=53");
    };
    world.send("lan", query());
    EXPECT_EQ(after(policy("game", 300) + kRules), 300);
    EXPECT_EQ(after(policy("game", 300) + kNoRules), 300);
    EXPECT_EQ(after(kNoRules), 30);
    EXPECT_EQ(after(policy("other", 77) + kNoRules), 30);
    EXPECT_EQ(after(policy("other", 77) + policy("game", 400) + kNoRules), 400);
    EXPECT_EQ(after("[conntrack.timeout.game]\nprotocol = \"tcp\"\n"), 30);
    static_cast<void>(world.take_all());
}

TEST(Timeouts, of_the_rfcs_hold_for_both_syns_of_a_simultaneous_open) {  // CT-8, RFC 5382 REQ-5
    const auto both_open = [](const char* more) {
        World world(gateway(more));
        world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("S"));
        world.send("wan", packet().ip("8.8.8.8", "10.0.0.5").tcp(80, 4000).flags("S"));
        world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("S"));  // the first that prolongs it
        static_cast<void>(world.take_all());
        return seconds_left(world, "dport=80");
    };
    EXPECT_EQ(both_open("[conntrack]\ntimeouts = \"rfc\"\n"), 240);
    EXPECT_EQ(both_open(""), 120);
    EXPECT_EQ(both_open("[sysctl]\n\"net.netfilter.nf_conntrack_tcp_timeout_syn_sent\" = 7\n"), 120);
}

}  // namespace
}  // namespace sluice::test
