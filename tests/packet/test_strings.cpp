// SPDX-License-Identifier: BSD-3-Clause
//
// Strings in packets: on remembered paths, behind what changes bytes, in lists of many.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

PacketBuilder query() {
    return packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53);
}

TEST(Strings, each_packet_of_a_connection_is_looked_through) {  // MAT-2
    World world(gateway(R"(
[firewall.filter]
FORWARD = ['-p udp -m string --algo bm --string "torrent" -j DROP', '-m string --algo kmp --icase --string "HoSt:"',
           '-m string --algo bm ! --string "host"', '-m string --algo bm --from 28 --to 32 --string "abcd"']
)"));
    for (int i = 0; i < 8; ++i) {
        world.send("lan", query().payload("abcd"));
        world.send("lan", query().payload("-abcd hOsT: x"));
        world.send("lan", query().payload("get torrent now"));
        world.send("lan", query().payload("host: abcd"));
    }
    EXPECT_EQ(world.take_all().size(), 24U);
    EXPECT_EQ(world.count_of("--string \"torrent\""), "[8:344]");
    EXPECT_EQ(world.count_of("--icase"), "[16:632]");
    EXPECT_EQ(world.count_of("! --string"), "[16:584]");
    EXPECT_EQ(world.count_of("--from 28"), "[8:256]");
    EXPECT_GT(world.short_way_packets(), 24U);
}

TEST(Strings, are_sought_in_the_packet_as_it_is_at_the_hook) {
    World world(gateway(R"(
[firewall.mangle]
FORWARD = ['-m string --algo bm --from 8 --to 9 --hex-string "|3f|"', '-j TOS --set-tos 0x10',
           '-m string --algo bm --to 2 --hex-string "|4510|"']
POSTROUTING = ['-m string --algo bm --from 12 --to 16 --hex-string "|0a000005|"', '-m string --algo bm --to 2 --hex-string "|4510|"']
[firewall.nat]
POSTROUTING = ["-o wan -j SNAT --to-source 198.51.100.1"]
[firewall.security]
FORWARD = ['-m string --algo bm --hex-string "|0a000005|"']
)"));
    for (int i = 0; i < 6; ++i) {
        world.send("lan", query());
        world.expect("wan", {ip_src("198.51.100.1"), valid_checksums()});
        world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").udp(53, 4000));
        world.expect("lan", {ip_dst("10.0.0.5"), valid_checksums()});
    }
    EXPECT_EQ(world.count_of("-A FORWARD -m string --string \"?\""), "[12:336]");
    EXPECT_EQ(world.count_of("-A FORWARD -m string --hex-string \"|4510|\""), "[12:336]");
    EXPECT_EQ(world.count_of("POSTROUTING -m string --hex-string \"|0a000005|\""), "[6:168]");
    EXPECT_EQ(world.count_of("POSTROUTING -m string --hex-string \"|4510|\""), "[12:336]");
    EXPECT_EQ(world.count_of("FORWARD -m string --hex-string \"|0a000005|\""), "[12:336]");
}

TEST(Strings, are_found_across_the_pieces_of_a_datagram) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ['-m string --algo kmp --from 790 --to 830 --hex-string "|16171819 1a1b1c1d 1e1f|"', '-m string --algo bm --string "none"']
)"));
    for (int i = 0; i < 4; ++i) {
        for (const PacketBuilder& piece : query().payload_size(1200).fragments(800)) {
            world.send("lan", piece);
        }
    }
    EXPECT_EQ(world.take_all().size(), 8U);
    EXPECT_EQ(world.count_of("--from 790"), "[4:4912]");
    EXPECT_EQ(world.count_of("none"), "[0:0]");
}

TEST(Strings, of_a_long_list_are_found_at_once_and_more_than_a_packet_can_remember) {
    std::string rules;
    std::string all;
    for (int i = 100; i < 400; ++i) {
        rules += fmt::format("'-p udp --dport 53 -m string --algo bm --string \"word{};\"',\n", i);
        all += i < 150 ? fmt::format("word{};", i) : "";
    }
    World world(gateway(fmt::format("[firewall.filter]\nFORWARD = [{}]\n", rules)));
    for (int i = 0; i < 6; ++i) {
        world.send("lan", query().payload("nothing"));
        world.send("lan", query().payload("word107; word399; word250;"));
        world.send("lan", query().payload(all));
    }
    EXPECT_EQ(world.take_all().size(), 18U);
    EXPECT_EQ(world.count_of("\"word107;\""), "[12:2892]");
    EXPECT_EQ(world.count_of("\"word399;\""), "[6:324]");
    EXPECT_EQ(world.count_of("\"word149;\""), "[6:2568]");
    EXPECT_EQ(world.count_of("\"word150;\""), "[0:0]");
    EXPECT_GT(world.short_way_packets(), 8U);
}

}  // namespace
}  // namespace sluice::test
