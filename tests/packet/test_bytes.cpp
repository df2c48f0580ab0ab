// SPDX-License-Identifier: BSD-3-Clause
//
// Matches that go through a packet's bytes, on remembered paths and behind what changes bytes; of datagrams
// that came in pieces too.
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

PacketBuilder query() {
    return packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53);
}

PacketBuilder sctp(std::initializer_list<int> chunks) {
    Bytes bytes;
    for (const int byte : {15, 160, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0}) {
        bytes.push_back(std::byte(byte));
    }
    for (const int byte : chunks) {
        bytes.push_back(std::byte(byte));
    }
    return packet().ip("10.0.0.5", "8.8.8.8").protocol(132).payload(bytes);
}

TEST(Bytes, words_of_the_payload_are_asked_of_every_packet_of_a_connection) {  // MAT-2
    World world(gateway(R"(
[firewall.filter]
FORWARD = ['-p udp -m u32 --u32 "0>>22&0x3C@8=0x61626364" -j DROP', '-p udp -m u32 ! --u32 "0>>22&0x3C@9>>8=0:0xFFFFFF"']
)"));
    for (int i = 0; i < 8; ++i) {
        world.send("lan", query().payload("abcd"));
        world.send("lan", query().payload("abce"));
        world.send("lan", query().payload("abc"));
    }
    EXPECT_EQ(world.take_all().size(), 16U);
    EXPECT_EQ(world.count_of("@0x8=0x61626364"), "[8:256]");
    EXPECT_EQ(world.count_of("! --u32"), "[16:504]");
    EXPECT_GT(world.short_way_packets(), 10U);
}

TEST(Bytes, what_is_read_behind_a_translation_is_what_goes_out) {
    World world(gateway(R"(
[firewall.mangle]
FORWARD = ['-m u32 --u32 "8>>24=63"', '-j TOS --set-tos 0x10', '-m u32 --u32 "0>>16&0xFF=0x10"']
POSTROUTING = ['-m u32 --u32 "12=0x0a000005"', '-m u32 --u32 "16=0x08080808 && 8>>24=63"']
INPUT = ['-m u32 --u32 "0=0"']
[firewall.nat]
POSTROUTING = ["-o wan -j SNAT --to-source 198.51.100.1"]
[firewall.security]
FORWARD = ['-m u32 --u32 "16=0x0a000005"']
)"));
    for (int i = 0; i < 6; ++i) {
        world.send("lan", query());
        world.expect("wan", {ip_src("198.51.100.1"), valid_checksums()});
        world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").udp(53, 4000));
        world.expect("lan", {ip_dst("10.0.0.5"), valid_checksums()});
    }
    EXPECT_EQ(world.count_of("-A FORWARD -m u32 --u32 \"0x8>>0x18=0x3f\""), "[12:336]");
    EXPECT_EQ(world.count_of("&0xff=0x10"), "[12:336]");
    EXPECT_EQ(world.count_of("POSTROUTING -m u32 --u32 \"0xc=0xa000005\""), "[6:168]");
    EXPECT_EQ(world.count_of("\"0x10=0x8080808"), "[6:168]");
    EXPECT_EQ(world.count_of("\"0x10=0xa000005"), "[6:168]");
}

TEST(Bytes, a_datagram_in_pieces_is_read_to_its_end) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ['-m u32 --u32 "1224=0xc0c1c2c3"', '-m u32 --u32 "1225=0:0xffffffff"', '-m u32 --u32 "798=0x2223"',
           '-m u32 --u32 "818=0x16171819"']
)"));
    for (int i = 0; i < 4; ++i) {
        for (const PacketBuilder& piece : query().payload_size(1200).fragments(800)) {
            world.send("lan", piece);
        }
    }
    EXPECT_EQ(world.take_all().size(), 8U);
    EXPECT_EQ(world.count_of("0x4c9=0x0:"), "[0:0]");
    EXPECT_EQ(world.count_of("0x332=0x16171819"), "[4:4912]");
}

TEST(Bytes, programs_of_bpf_are_run_for_every_packet_of_a_connection) {  // MAT-2
    World world(gateway(R"(
[firewall.filter]
FORWARD = ['-m bpf --bytecode "6,177 0 0 0,64 0 0 8,21 0 1 1633837924,6 0 0 1,6 0 0 0,6 0 0 0" -j DROP', '-m bpf --bytecode "2,48 0 0 4292870155,22 0 0 0"']
)"));
    for (int i = 0; i < 8; ++i) {
        world.send("lan", query().payload("abcd"));
        world.send("lan", query().payload("abce"));
        world.send("lan", query().payload("abc"));
    }
    EXPECT_EQ(world.take_all().size(), 16U);
    EXPECT_EQ(world.count_of("21 0 1 1633837924"), "[8:256]");
    EXPECT_EQ(world.count_of("4292870155"), "[16:504]");  // the last byte of the sender's MAC
    EXPECT_GT(world.short_way_packets(), 10U);
}

TEST(Bytes, a_program_sees_the_packet_as_it_stands_behind_a_translation_and_a_mark) {
    World world(gateway(R"(
[firewall.mangle]
PREROUTING = ['-m bpf --bytecode "3,48 0 0 8,20 0 0 64,22 0 0 0"', '-m ttl --ttl-eq 64 -j MARK --set-mark 5']
FORWARD = ['-m bpf --bytecode "4,48 0 0 4294963220,21 0 1 5,6 0 0 1,6 0 0 0"']
POSTROUTING = ['-m bpf --bytecode "4,32 0 0 12,21 0 1 167772165,6 0 0 1,6 0 0 0"', '-m bpf --bytecode "4,48 0 0 8,21 0 1 63,6 0 0 1,6 0 0 0"']
[firewall.nat]
POSTROUTING = ["-o wan -j SNAT --to-source 198.51.100.1"]
[firewall.security]
FORWARD = ['-m bpf --bytecode "4,32 0 0 16,21 0 1 167772165,6 0 0 1,6 0 0 0"']
)"));
    for (int i = 0; i < 6; ++i) {
        world.send("lan", query());
        world.expect("wan", {ip_src("198.51.100.1"), valid_checksums()});
        world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").udp(53, 4000));
        world.expect("lan", {ip_dst("10.0.0.5"), valid_checksums()});
    }
    EXPECT_EQ(world.count_of("20 0 0 64"), "[0:0]");
    EXPECT_EQ(world.count_of("21 0 1 5,"), "[12:336]");
    EXPECT_EQ(world.count_of("-A POSTROUTING -m bpf --bytecode \"4,32 0 0 12"), "[6:168]");
    EXPECT_EQ(world.count_of("48 0 0 8,21 0 1 63"), "[12:336]");
    EXPECT_EQ(world.count_of("32 0 0 16"), "[6:168]");
}

TEST(Bytes, a_program_reads_a_datagram_in_pieces_to_its_end) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ['-m bpf --bytecode "4,32 0 0 1224,21 0 1 2897063599,6 0 0 1,6 0 0 0"', '-m bpf --bytecode "2,32 0 0 1225,6 0 0 1"',
           '-m bpf --bytecode "2,128 0 0 0,22 0 0 0"', '-m bpf --bytecode "2,48 0 0 4293919944,6 0 0 1"']
)"));
    for (int i = 0; i < 4; ++i) {
        for (const PacketBuilder& piece : query().payload_size(1200).fragments(800)) {
            world.send("lan", piece);
        }
    }
    EXPECT_EQ(world.take_all().size(), 8U);
    EXPECT_EQ(world.count_of("32 0 0 1224"), "[4:4912]");
    EXPECT_EQ(world.count_of("32 0 0 1225"), "[0:0]");
    EXPECT_EQ(world.count_of("128 0 0 0"), "[4:4912]");
    EXPECT_EQ(world.count_of("4293919944"), "[4:4912]");  // 1224, by way of SKF_NET_OFF
}

TEST(Bytes, the_segment_size_is_that_which_a_target_has_left) {  // MAT-2, ROB-1
    World world(gateway(R"(
[firewall.mangle]
FORWARD = ["-p tcp -m tcpmss --mss 1400:1500", "-p tcp --syn -j TCPMSS --set-mss 1200", "-p tcp -m tcpmss --mss 1200",
           "-p tcp -m tcpmss ! --mss 1200"]
)"));
    for (int i = 0; i < 4; ++i) {
        world.send("lan",
                   packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("S").tcp_options({2, 4, 5, 180}));
        world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("S").tcp_options({2, 3, 5}));
    }
    EXPECT_EQ(world.count_of("--mss 1400:1500"), "[4:176]");
    EXPECT_EQ(world.count_of("-m tcpmss --mss 1200"), "[4:176]");
    EXPECT_EQ(world.count_of("! --mss 1200"), "[4:192]");  // where none was: 536, of a length of its own
}

TEST(Bytes, chunks_are_asked_of_every_packet_and_those_that_lead_nowhere_drop_it) {  // ROB-2
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-p sctp --chunk-types any INIT", "-p sctp --chunk-types only DATA:B", "-p sctp ! --chunk-types any SACK"]
)"));
    for (int i = 0; i < 4; ++i) {
        world.send("lan", sctp({1, 0, 0, 4}));
        world.send("lan", sctp({0, 2, 0, 4}));
        world.send("lan", sctp({0, 1, 0, 4}));
        world.send("lan", sctp({3, 0, 0, 4, 0, 2, 0, 4}));
        world.send("lan", sctp({3, 0, 0, 0}));
    }
    EXPECT_EQ(world.take_all().size(), 16U);
    EXPECT_EQ(world.count_of("any INIT"), "[4:144]");
    EXPECT_EQ(world.count_of("only DATA:B"), "[4:144]");
    EXPECT_EQ(world.count_of("any SACK"), "[12:432]");
}

}  // namespace
}  // namespace sluice::test
