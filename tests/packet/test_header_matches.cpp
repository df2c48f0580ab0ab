// SPDX-License-Identifier: BSD-3-Clause
/// Rules that ask for what differs from packet to packet of one connection: a remembered path must not hold for a
/// packet that answers otherwise. Every test runs with the short way and without, and compares.
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

PacketBuilder out(std::string_view flags, std::uint32_t seq, std::uint32_t ack) {
    return packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags(flags).seq(seq).ack(ack);
}

PacketBuilder back(std::string_view flags, std::uint32_t seq, std::uint32_t ack) {
    return packet().ip("8.8.8.8", "10.0.0.5").tcp(80, 4000).flags(flags).seq(seq).ack(ack);
}

void shake_hands(World& world) {
    world.send("lan", out("S", 100, 0));
    world.expect("wan", {});
    world.send("wan", back("SA", 500, 101));
    world.expect("lan", {});
    world.send("lan", out("A", 101, 501));
    world.expect("wan", {});
}

TEST(HeaderMatches, flags_are_asked_of_every_packet_on_the_short_way) {  // MAT-2
    World world(gateway(R"(
[firewall.filter]
FORWARD = [
  "-p tcp --tcp-flags FIN FIN",
  "-p tcp --tcp-flags RST RST",
  "-p tcp --tcp-flags PSH,ACK PSH,ACK",
  "-p tcp --syn",
  "-p tcp --dport 80",
]
)"));
    shake_hands(world);
    for (std::uint32_t i = 0; i < 20; ++i) {
        world.send("lan", out(i % 4 == 0 ? "PA" : "A", 101 + i * 10, 501).payload("0123456789"));
        world.expect("wan", {});
        world.send("wan", back("A", 501, 111 + i * 10));
        world.expect("lan", {});
    }
    const auto before = world.short_way_packets();
    EXPECT_GT(before, 30U);  // two paths beside each other, and both are found again
    world.send("lan", out("FA", 301, 501));
    world.expect("wan", {tcp_flags("FA")});
    world.send("wan", back("A", 501, 302));
    world.send("wan", back("RA", 501, 302));
    world.take_all();
    EXPECT_EQ(world.count_of("--tcp-flags FIN FIN"), "[1:40]");
    EXPECT_EQ(world.count_of("--tcp-flags RST RST"), "[1:40]");
    EXPECT_EQ(world.count_of("--tcp-flags PSH,ACK PSH,ACK"), "[5:250]");
    EXPECT_EQ(world.count_of("--tcp-flags FIN,SYN,RST,ACK SYN"), "[1:40]");
    EXPECT_EQ(world.count_of("--dport 80"), "[23:1120]");
}

TEST(HeaderMatches, a_syn_is_dropped_where_the_path_of_its_connection_would_let_it_through) {  // MAT-2
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-i lan -m conntrack --ctstate ESTABLISHED -p tcp --syn -j DROP", "-p tcp -j ACCEPT"]
)"));
    shake_hands(world);
    for (std::uint32_t i = 0; i < 6; ++i) {
        world.send("lan", out("A", 101, 501));
        world.expect("wan", {});
    }
    world.send("lan", out("S", 100, 0));
    world.expect_nothing_more();
    world.send("lan", out("A", 101, 501));
    world.expect("wan", {});
    EXPECT_EQ(world.count_of("-j DROP"), "[1:40]");
}

TEST(HeaderMatches, options_are_asked_of_every_packet) {  // MAT-2
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-p tcp --tcp-option 8", "-p tcp ! --tcp-option 8", "-p tcp --tcp-option 30 -j DROP"]
)"));
    shake_hands(world);
    for (std::uint32_t i = 0; i < 8; ++i) {
        auto segment = out("A", 101, 501);
        if (i % 2 == 0) {
            segment.tcp_options({1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2});
        }
        world.send("lan", segment);
        world.expect("wan", {});
    }
    world.send("lan", out("A", 101, 501).tcp_options({30, 4, 0, 0}));
    world.expect_nothing_more();
    EXPECT_EQ(world.count_of("-m tcp --tcp-option 8"), "[4:208]");
    EXPECT_EQ(world.count_of("! --tcp-option 8"), "[8:324]");
    EXPECT_EQ(world.count_of("--tcp-option 30 -j DROP"), "[1:44]");
    EXPECT_GT(world.short_way_packets(), 4U);
}

TEST(HeaderMatches, an_spi_is_asked_of_every_packet_and_a_cut_header_is_dropped) {  // MAT-2
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-p esp --espspi 5 -m conntrack --ctstate INVALID", "-p esp --espspi 6", "-p esp -j ACCEPT"]
)"));
    const auto esp = [](char spi, std::size_t size) {
        Bytes payload(size, std::byte{0});
        payload[3] = std::byte(spi);
        return packet().ip("10.0.0.5", "8.8.8.8").protocol(50).payload(payload);
    };
    for (int i = 0; i < 6; ++i) {
        world.send("lan", esp(i % 2 == 0 ? 5 : 6, 32));
        world.expect("wan", {});
        world.send("wan", packet().ip("8.8.8.8", "10.0.0.5").protocol(50).payload_size(16));
        world.expect("lan", {});
    }
    EXPECT_EQ(world.count_of("--espspi 6"), "[3:156]");
    world.send("lan", esp(5, 7));  // a match drops it, on a connection whose path never asked
    world.expect_nothing_more();
}

}  // namespace
}  // namespace sluice::test
