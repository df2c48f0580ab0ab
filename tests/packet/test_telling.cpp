// SPDX-License-Identifier: BSD-3-Clause
//
// Targets that tell of packets. World runs each packet with and without the short way and compares what is
// told.
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

PacketBuilder query() {
    return packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53);
}
PacketBuilder answer() {
    return packet().ip("8.8.8.8", "10.0.0.5").udp(53, 4000);
}

// TGT-2
TEST(Telling, nflog_keeps_as_many_bytes_as_its_rule_says_on_both_ways) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-i lan -j NFLOG --nflog-group 5 --nflog-prefix \"all: \"", "-i wan -j NFLOG --nflog-size 20",
           "-i wan -m length --length 400: -j NFLOG --nflog-size 4000"]
)"));
    world.send("lan", query().ttl(64).id(1));
    EXPECT_EQ(world.told(),
              std::vector<std::string>{
                  "all: IN=lan OUT=wan MAC=02:ee:00:00:00:00:02:00:00:00:00:02:08:00 SRC=10.0.0.5 "
                  "DST=8.8.8.8 LEN=28 TOS=0x00 PREC=0x00 TTL=63 ID=1 PROTO=UDP SPT=4000 DPT=53 LEN=8 "
                  "(28 of 28 bytes)"});
    for (int i = 0; i < 4; ++i) {
        world.send("wan", answer().payload_size(1000));
        const auto told = world.told();
        ASSERT_EQ(told.size(), 2U);
        EXPECT_TRUE(told[0].ends_with("(20 of 1028 bytes)")) << told[0];
        EXPECT_TRUE(told[1].ends_with("(1028 of 1028 bytes)")) << told[1];
        world.send("lan", query().payload_size(static_cast<std::size_t>(i)));
        EXPECT_EQ(world.told().size(), 1U);
    }
    EXPECT_EQ(world.count_of("--nflog-size 4000"), "[4:4112]");
    EXPECT_GT(world.short_way_packets(), 4U);
}

// TGT-2
TEST(Telling, a_rebuilt_datagram_is_kept_whole) {
    World world(gateway("[firewall.filter]\nFORWARD = [\"-j NFLOG\"]\n"));
    const Bytes whole = query().payload_size(2000).bytes();
    for (const PacketBuilder& piece : query().payload_size(2000).fragments(1000)) {
        world.send("lan", piece);
    }
    const auto told = world.told();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].ends_with("(2028 of 2028 bytes)")) << told[0];
    EXPECT_EQ(whole.size(), 2028U);
    world.take_all();
}

// TGT-2
TEST(Telling, audit_says_who_talks_to_whom_and_the_packet_goes_on) {
    World world(gateway(R"(
[firewall.mangle]
PREROUTING = ["-i lan -j MARK --set-mark 0x1f"]
[firewall.filter]
FORWARD = ["-i lan -j AUDIT --type accept", "-i lan -p tcp -j AUDIT --type reject"]
)"));
    for (int i = 0; i < 4; ++i) {
        world.send("lan", query());
        world.expect("wan", {ip_src("10.0.0.5"), valid_checksums()});
        EXPECT_EQ(world.told(), std::vector<std::string>{"mark=0x1f saddr=10.0.0.5 daddr=8.8.8.8 proto=17"});
        world.send("wan", answer());
        world.expect("lan", {ip_src("8.8.8.8")});
    }
    world.expect_nothing_more();
    EXPECT_GT(world.short_way_packets(), 3U);
}

/// `raw:PREROUTING:rule:2 IN=lan OUT=, TTL=64 MARK=0x5` of each line that TRACE tells.
std::vector<std::string> traced(const std::vector<std::string>& lines) {
    std::vector<std::string> parts;
    for (const std::string& line : lines) {
        EXPECT_TRUE(line.starts_with("TRACE: ")) << line;
        const auto word = [&](std::string_view name) {
            const std::size_t at = line.find(name);
            return at == std::string::npos ? "" : line.substr(at, line.find(' ', at) - at);
        };
        parts.push_back(line.substr(7, line.find("MAC=") - 8) + ", " + word("TTL=") + " " + word("MARK="));
    }
    return parts;
}

// The rules, and the lines that Linux 6.18 (iptables-legacy) wrote of such a packet. HOOK-4
constexpr std::string_view kTraced = R"(
[firewall.raw]
PREROUTING = ["-p udp -j TRACE", "-s 10.0.0.5", "-p udp -j u"]
u = ["-p udp -j RETURN"]
[firewall.mangle]
FORWARD = ["-j MARK --set-mark 5", "-g v"]
v = ["-m comment --comment x -j ACCEPT"]
[firewall.filter]
FORWARD = ["-j w", "-j x", "-m comment --comment y", "-j ACCEPT"]
w = ["-j RETURN"]
x = ["-p tcp -j DROP"]
)";

TEST(Telling, a_traced_packet_is_told_of_by_every_rule_as_in_linux) {
    World world(gateway(kTraced));
    const std::vector<std::string> expected = {
        "raw:PREROUTING:rule:2 IN=lan OUT=, TTL=64 ",
        "raw:PREROUTING:rule:3 IN=lan OUT=, TTL=64 ",
        "raw:u:rule:1 IN=lan OUT=, TTL=64 ",
        "raw:PREROUTING:policy:4 IN=lan OUT=, TTL=64 ",
        "mangle:PREROUTING:policy:1 IN=lan OUT=, TTL=64 ",
        "mangle:FORWARD:rule:1 IN=lan OUT=wan, TTL=63 ",
        "mangle:FORWARD:rule:2 IN=lan OUT=wan, TTL=63 MARK=0x5",
        "mangle:v:rule:1 IN=lan OUT=wan, TTL=63 MARK=0x5",
        "filter:FORWARD:rule:1 IN=lan OUT=wan, TTL=63 MARK=0x5",
        "filter:w:return:1 IN=lan OUT=wan, TTL=63 MARK=0x5",
        "filter:FORWARD:rule:2 IN=lan OUT=wan, TTL=63 MARK=0x5",
        "filter:x:return:2 IN=lan OUT=wan, TTL=63 MARK=0x5",
        "filter:FORWARD:rule:3 IN=lan OUT=wan, TTL=63 MARK=0x5",
        "filter:FORWARD:policy:4 IN=lan OUT=wan, TTL=63 MARK=0x5",
        "mangle:POSTROUTING:policy:1 IN=lan OUT=wan, TTL=63 MARK=0x5",
    };
    for (int i = 0; i < 5; ++i) {
        world.send("lan", query().ttl(64));
        EXPECT_EQ(traced(world.told()), expected);
        world.send("wan", answer());
        EXPECT_EQ(world.told().size(), 14U) << "all but the rule about the other direction";
    }
    EXPECT_EQ(world.take_all().size(), 10U);
    EXPECT_EQ(world.short_way_packets(), 0U);
    EXPECT_EQ(world.count_of("-j ACCEPT\n"), "[10:280]");
}

// A connection that takes the short way leaves it for the packets that are traced, and goes back to it.
TEST(Telling, a_traced_packet_leaves_the_short_way_and_counts_the_same) {
    World world(gateway(R"(
[firewall.raw]
PREROUTING = ["-m length --length 1000: -j TRACE"]
[firewall.filter]
FORWARD = ["-m conntrack --ctstate ESTABLISHED -j ACCEPT", "-i lan -j ACCEPT", "-j DROP"]
)"));
    for (int i = 0; i < 4; ++i) {
        for (const std::size_t size : {std::size_t{10}, std::size_t{1000}, std::size_t{20}}) {
            world.send("lan", query().payload_size(size));
            world.send("wan", answer().payload_size(size));
            const auto lines = traced(world.told());
            if (size != 1000) {
                EXPECT_EQ(lines, std::vector<std::string>{});
                continue;
            }
            ASSERT_EQ(lines.size(), 4U);
            EXPECT_EQ(lines[0], "raw:PREROUTING:policy:2 IN=lan OUT=, TTL=64 ");
            EXPECT_EQ(lines[3], "filter:FORWARD:rule:1 IN=wan OUT=lan, TTL=63 ");
        }
    }
    EXPECT_EQ(world.take_all().size(), 24U);
    EXPECT_GT(world.short_way_packets(), 10U);
}

// The nf_tables backend takes TRACE in every table.
TEST(Telling, trace_may_begin_in_any_table) {
    World world(gateway(R"(
[firewall.mangle]
FORWARD = ["-i wan -m length --length 100: -j TRACE"]
[firewall.filter]
FORWARD = ["-i lan -j ACCEPT"]
)"));
    for (int i = 0; i < 5; ++i) {
        world.send("lan", query());
        EXPECT_TRUE(world.told().empty());
        world.send("wan", answer().payload_size(100));
        EXPECT_EQ(traced(world.told()),
                  (std::vector<std::string>{"mangle:FORWARD:policy:2 IN=wan OUT=lan, TTL=63 ",
                                            "filter:FORWARD:policy:2 IN=wan OUT=lan, TTL=63 ",
                                            "mangle:POSTROUTING:policy:1 IN=wan OUT=lan, TTL=63 "}));
        world.send("wan", answer());
        EXPECT_TRUE(world.told().empty());
    }
    EXPECT_EQ(world.take_all().size(), 15U);
    EXPECT_GT(world.short_way_packets(), 2U);
}

}  // namespace
}  // namespace sluice::test
