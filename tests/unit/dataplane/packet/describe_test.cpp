// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/packet/describe.h"

#include "dataplane/packet/l4_checksum.h"
#include "mbufs.h"

namespace sluice::packet {

using Describe = Mbufs;
using L4Checksum = Mbufs;

TEST_F(Describe, ports_stand_in_the_tuple) {
    for (const std::uint8_t protocol : std::initializer_list<std::uint8_t>{6, 17, 136, 132, 33}) {
        const Ipv4Packet made = packet(
            test::packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53).payload_size(20).protocol(protocol));
        const Info& info = made.info();
        EXPECT_TRUE(info.has_l4);
        EXPECT_EQ(info.l4_offset, 20);
        EXPECT_EQ(info.ip_bytes, 48U);
        EXPECT_EQ(info.tuple.protocol, protocol);
        EXPECT_EQ(info.tuple.source_port.host(), 4000);
        EXPECT_EQ(info.tuple.destination_port.host(), 53);
        EXPECT_EQ(net::to_string(info.tuple.source), "10.0.0.5");
        free(made);
    }
}

TEST_F(Describe, icmp_queries_have_their_id_and_type_in_the_tuple) {
    const Ipv4Packet made =
        packet(test::packet().ip("10.0.0.5", "8.8.8.8").ip_options({1, 1, 1, 0}).icmp_echo(77, 1));
    EXPECT_EQ(made.info().l4_offset, 24);
    EXPECT_TRUE(made.info().has_options);
    EXPECT_EQ(made.info().tuple.source_port.host(), 77);
    EXPECT_EQ(made.info().tuple.destination_port.host(), 0x0800);
    EXPECT_FALSE(made.info().is_icmp_error);
    free(made);
}

TEST_F(Describe, icmp_errors_are_known_by_their_type) {
    for (const std::uint8_t type : std::initializer_list<std::uint8_t>{3, 4, 5, 11, 12}) {
        const Ipv4Packet made = packet(test::packet().icmp_error(type, 0, test::packet().udp(1, 2).bytes()));
        EXPECT_TRUE(made.info().is_icmp_error) << int{type};
        free(made);
    }
}

/// CT-4
TEST_F(Describe, lengths_that_conntrack_calls_invalid_are_told) {
    const test::PacketBuilder base = test::packet().ip("10.0.0.5", "8.8.8.8");
    struct Case {
        const char* name;
        test::PacketBuilder packet;
        bool sound;
        bool has_l4;
    };
    const std::vector<Case> cases = {
        {"udp", test::PacketBuilder(base).udp(1, 2), true, true},
        {"udp length beyond", test::PacketBuilder(base).udp(1, 2).udp_length(9), false, true},
        {"udp length below 8", test::PacketBuilder(base).udp(1, 2).udp_length(7), false, true},
        {"udp with more behind", test::PacketBuilder(base).udp(1, 2).payload("abc").udp_length(8), true,
         true},
        {"tcp", test::PacketBuilder(base).tcp(1, 2).flags("S"), true, true},
        {"tcp header of 16", test::PacketBuilder(base).tcp(1, 2).tcp_header_words(4), false, true},
        {"tcp header beyond", test::PacketBuilder(base).tcp(1, 2).tcp_header_words(6), false, true},
        {"tcp of 19 bytes", test::PacketBuilder(base).protocol(6).payload_size(19), false, false},
        {"udp of 7 bytes", test::PacketBuilder(base).protocol(17).payload_size(7), false, false},
        {"icmp of 7 bytes", test::PacketBuilder(base).protocol(1).payload_size(7), false, false},
        {"nothing at all", test::PacketBuilder(base).protocol(99), true, true},
    };
    for (const Case& c : cases) {
        const Ipv4Packet made = packet(c.packet);
        EXPECT_EQ(describe(made), c.sound) << c.name;
        EXPECT_EQ(made.info().has_l4, c.has_l4) << c.name;
        free(made);
    }
}

/// CT-4: over one segment and over chains that break at odd places
TEST_F(L4Checksum, is_found_good_or_bad_in_any_chain) {
    const std::vector<test::PacketBuilder> packets = {
        test::packet().udp(1, 2).payload_size(333),
        test::packet().tcp(1, 2).flags("SA").payload_size(332),
        test::packet().icmp_echo(1, 2).payload_size(331),
        test::packet().udp(1, 2).payload_size(0),
    };
    for (const test::PacketBuilder& builder : packets) {
        for (const std::size_t segment : {40U, 41U, 63U, 100U, 2000U}) {
            const Ipv4Packet good = chained(builder, segment);
            EXPECT_TRUE(l4_checksum_is_good(good)) << segment;
            free(good);
            const Ipv4Packet bad = chained(test::PacketBuilder(builder).bad_l4_checksum(), segment);
            EXPECT_FALSE(l4_checksum_is_good(bad)) << segment;
            free(bad);
        }
    }
}

TEST_F(L4Checksum, udp_without_one_is_good) {
    const Ipv4Packet made = packet(test::packet().udp(1, 2).payload("x").no_udp_checksum());
    EXPECT_TRUE(l4_checksum_is_good(made));
    free(made);
}

TEST_F(L4Checksum, bytes_behind_udp_count_for_netfilter_but_not_for_the_host) {
    // The sum is that of the eight bytes alone.
    test::Bytes bytes = test::packet().udp(1, 2).bytes();
    bytes.resize(bytes.size() + 4, std::byte{1});
    bytes[3] = std::byte{32};
    const Ipv4Packet made = packet(bytes);
    EXPECT_FALSE(l4_checksum_is_good(made));
    EXPECT_TRUE(l4_checksum_is_good(made, 8));
    free(made);
}

TEST_F(L4Checksum, other_protocols_have_none) {
    const Ipv4Packet made = packet(test::packet().protocol(99).payload("whatever"));
    EXPECT_TRUE(l4_checksum_is_good(made));
    free(made);
}

}  // namespace sluice::packet
