// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/packet/icmp_message.h"

#include "dataplane/packet/tcp_reset.h"
#include "mbufs.h"

namespace sluice::packet {

namespace {

using IcmpMessage = Mbufs;
using TcpReset = Mbufs;

MessageHead head(std::uint32_t source, std::uint32_t destination) {
    return {.source = net::Ipv4Address::from_host(source),
            .destination = net::Ipv4Address::from_host(destination),
            .tos = 0xc0,
            .ttl = 64,
            .id = net::Be16::from_host(7),
            .options = {}};
}
const MessageHead kHead = head(0x0a000001, 0x0a000005);

}  // namespace

/// ICMP-8
TEST_F(IcmpMessage, an_error_quotes_all_of_a_small_packet) {
    const test::PacketBuilder original =
        test::packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53).payload("hello");
    const Ipv4Packet about = packet(original);
    const Ipv4Packet error = make_error(about, kHead, {.type = 11, .code = 0, .rest = {}}, pool_);
    ASSERT_NE(error.mbuf(), nullptr);
    EXPECT_EQ(
        differences_in(error, {test::ip_src("10.0.0.1"), test::ip_dst("10.0.0.5"), test::tos(0xc0),
                               test::ttl(64), test::icmp_type(11, 0), test::payload_is(original.bytes()),
                               test::valid_checksums(), test::dont_fragment(false), test::ip_id(7),
                               test::quoted({test::udp_ports(4000, 53), test::payload_is("hello")})}),
        "");
    EXPECT_TRUE(error.info().is_icmp_error);
    EXPECT_TRUE(error.info().is_local_origin);
    EXPECT_EQ(error.info().ip_bytes, 20U + 8 + 33);
    free(about);
    free(error);
}

/// ICMP-8: 576 bytes and no more, of a chain too
TEST_F(IcmpMessage, an_error_is_no_longer_than_576_bytes) {
    for (const std::size_t segment : {100U, 1999U}) {
        const Ipv4Packet about = chained(test::packet().udp(1, 2).payload_size(1400), segment);
        const Ipv4Packet error =
            make_error(about, kHead, {.type = 3, .code = 4, .rest = net::Be32::from_host(1300)}, pool_);
        ASSERT_NE(error.mbuf(), nullptr);
        EXPECT_EQ(
            differences_in(error, {test::ip_length(576), test::icmp_mtu(1300), test::valid_checksums()}), "");
        free(error);
        const Ipv4Packet narrow =
            make_error(about, kHead, {.type = 3, .code = 4, .rest = {}, .limit = 296}, pool_);
        EXPECT_EQ(differences_in(narrow, {test::ip_length(296), test::valid_checksums()}), "");
        free(narrow);
        EXPECT_EQ(make_error(about, kHead, {.type = 3, .code = 4, .rest = {}, .limit = 48}, pool_).mbuf(),
                  nullptr);
        free(about);
    }
}

TEST_F(IcmpMessage, a_parameter_problem_points_at_the_byte) {
    const Ipv4Packet about = packet(test::packet().udp(1, 2));
    const Ipv4Packet error =
        make_error(about, kHead, {.type = 12, .code = 0, .rest = net::Be32::from_host(22U << 24U)}, pool_);
    EXPECT_EQ(
        differences_in(error, {test::icmp_type(12, 0), test::icmp_pointer(22), test::valid_checksums()}), "");
    free(about);
    free(error);
}

TEST(ErrorTos, keeps_the_tos_bits_and_has_precedence_six) {
    EXPECT_EQ(error_tos(0), 0xc0);
    EXPECT_EQ(error_tos(0x10), 0xd0);
    EXPECT_EQ(error_tos(0xb8), 0xd8);
    EXPECT_EQ(error_tos(0x03), 0xc2);
}

/// ICMP-10
TEST_F(IcmpMessage, an_echo_comes_back_with_its_data) {
    for (const std::size_t segment : {60U, 2000U}) {
        const Ipv4Packet request = chained(
            test::packet().ip("10.0.0.5", "10.0.0.1").tos(0x20).ttl(3).icmp_echo(9, 4).payload_size(300),
            segment);
        MessageHead reply = kHead;
        reply.tos = 0x20;
        ASSERT_TRUE(make_echo_reply(request, reply));
        EXPECT_EQ(differences_in(
                      request, {test::ip_src("10.0.0.1"), test::ip_dst("10.0.0.5"), test::ttl(64),
                                test::tos(0x20), test::icmp_type(0, 0), test::icmp_id(9),
                                test::icmp_sequence(4), test::payload_length(300), test::valid_checksums()}),
                  "");
        EXPECT_TRUE(request.info().is_local_origin);
        EXPECT_EQ(request.info().tuple.destination_port.host(), 0);
        free(request);
    }
}

TEST_F(IcmpMessage, an_echo_with_options_comes_back_with_those_it_may_have) {
    const Ipv4Packet request = packet(
        test::packet().ip("10.0.0.5", "10.0.0.1").ip_options({148, 4, 0, 0}).icmp_echo(9, 4).payload("abc"));
    ASSERT_TRUE(make_echo_reply(request, kHead));
    EXPECT_EQ(
        differences_in(request, {test::ip_options({}), test::payload_is("abc"), test::valid_checksums()}),
        "");
    EXPECT_EQ(request.info().ip_bytes, 31U);
    free(request);
}

TEST_F(IcmpMessage, a_timestamp_is_answered_with_the_time) {
    const Ipv4Packet request =
        packet(test::packet().ip("10.0.0.5", "10.0.0.1").icmp(13, 0, 5U << 16U | 6U).payload_size(12));
    const Ipv4Packet reply = make_timestamp_reply(request, kHead, 0x01020304, pool_);
    ASSERT_NE(reply.mbuf(), nullptr);
    test::Bytes times(12);
    for (std::size_t i = 0; i < 12; ++i) {
        times[i] = std::byte{static_cast<std::uint8_t>(i < 4 ? i : i % 4 + 1)};
    }
    EXPECT_EQ(differences_in(reply, {test::icmp_type(14, 0), test::icmp_id(5), test::icmp_sequence(6),
                                     test::payload_is(times), test::valid_checksums()}),
              "");
    free(request);
    free(reply);
}

/// ROB-1
TEST_F(IcmpMessage, an_empty_pool_makes_nothing) {
    const Ipv4Packet about = packet(test::packet().udp(1, 2));
    std::vector<rte_mbuf*> taken(rte_mempool_avail_count(pool_));
    ASSERT_EQ(rte_pktmbuf_alloc_bulk(pool_, taken.data(), static_cast<unsigned>(taken.size())), 0);
    EXPECT_EQ(make_error(about, kHead, {.type = 3, .code = 3, .rest = {}}, pool_).mbuf(), nullptr);
    rte_pktmbuf_free_bulk(taken.data(), static_cast<unsigned>(taken.size()));
    free(about);
}

/// TGT-1, RFC 9293 section 3.10.7.1
TEST_F(TcpReset, answers_by_the_numbers_of_the_segment) {
    const test::PacketBuilder base = test::packet().ip("10.0.0.5", "10.0.0.1").tcp(4000, 80).seq(1000);
    struct Case {
        const char* name;
        test::PacketBuilder segment;
        const char* flags;
        std::uint32_t seq;
        std::uint32_t ack;
    };
    const std::vector<Case> cases = {
        {"syn", test::PacketBuilder(base).flags("S"), "RA", 0, 1001},
        {"syn with data", test::PacketBuilder(base).flags("S").payload_size(40), "RA", 0, 1041},
        {"syn with options", test::PacketBuilder(base).flags("S").tcp_options({2, 4, 5, 0xb4}), "RA", 0,
         1001},
        {"fin without ack", test::PacketBuilder(base).flags("F"), "RA", 0, 1001},
        {"ack", test::PacketBuilder(base).flags("A").ack(99), "R", 99, 0},
        {"fin", test::PacketBuilder(base).flags("FA").ack(5), "R", 5, 0},
        {"nothing", test::PacketBuilder(base).flags(""), "RA", 0, 1000},
    };
    MessageHead answer = head(0x0a000001, 0x0a000005);
    answer.tos = 0;
    answer.id = {};
    for (const Case& c : cases) {
        const Ipv4Packet about = packet(c.segment);
        ASSERT_TRUE(deserves_reset(about)) << c.name;
        const Ipv4Packet reset = make_reset(about, answer, pool_);
        EXPECT_EQ(differences_in(
                      reset, {test::ip_src("10.0.0.1"), test::ip_dst("10.0.0.5"), test::tcp_ports(80, 4000),
                              test::tcp_flags(c.flags), test::tcp_seq(c.seq), test::tcp_ack(c.ack),
                              test::dont_fragment(true), test::ip_length(40), test::valid_checksums()}),
                  "")
            << c.name;
        free(about);
        free(reset);
    }
}

/// TGT-1: the silent cases
TEST_F(TcpReset, some_segments_get_none) {
    const test::PacketBuilder base = test::packet().tcp(4000, 80).flags("S");
    const std::vector<test::PacketBuilder> silent = {
        test::PacketBuilder(base).flags("R"), test::PacketBuilder(base).flags("RA"),
        test::PacketBuilder(base).bad_l4_checksum(), test::packet().udp(1, 2),
        test::packet().protocol(6).payload_size(12)};
    for (const test::PacketBuilder& builder : silent) {
        const Ipv4Packet about = packet(builder);
        EXPECT_FALSE(deserves_reset(about));
        free(about);
    }
}

}  // namespace sluice::packet
