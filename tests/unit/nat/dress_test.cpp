// SPDX-License-Identifier: BSD-3-Clause
#include "nat/dress.h"

#include <gtest/gtest.h>

#include "conntrack/packet.h"
#include "dataplane/base/random.h"
#include "tests/unit/nat/build.h"

namespace sluice::nat {
namespace {

using conntrack::Translation;
using net::Ipv4;
using net::Tuple;
using test::Built;

/// A random tuple of a protocol with ports, or an echo request.
Tuple<Ipv4> random_tuple(base::Random& random, std::uint8_t protocol) {
    Tuple<Ipv4> tuple{};
    tuple.source = net::Ipv4Address::from_host(static_cast<std::uint32_t>(random.next()));
    tuple.destination = net::Ipv4Address::from_host(static_cast<std::uint32_t>(random.next()));
    tuple.source_port = base::Be16::from_host(static_cast<std::uint16_t>(random.next()));
    tuple.destination_port = base::Be16::from_host(
        protocol == net::kProtocolIcmp ? 0x0800 : static_cast<std::uint16_t>(random.next()));
    tuple.protocol = protocol;
    return tuple;
}

Tuple<Ipv4> tuple_of(Built& packet) {
    return conntrack::tuple_of(packet.ip(), packet.view()).value();
}

class Dress : public testing::TestWithParam<std::uint8_t> {};

// NAT-9: whatever is changed, the checksums are those of the packet built anew.
TEST_P(Dress, any_translation_gives_the_packet_as_if_built_anew) {
    base::Random random(GetParam());
    for (int round = 0; round < 3000; ++round) {
        const auto arrives = random_tuple(random, GetParam());
        auto leaves_as = random_tuple(random, GetParam());
        if (round % 3 == 0) {
            leaves_as.destination = arrives.destination;  // source NAT
            leaves_as.destination_port = arrives.destination_port;
        }
        const auto translation = conntrack::translation_between(arrives, net::reply_of(leaves_as));
        const std::size_t payload = random.below(64);
        Built packet = test::build(arrives, payload);
        const Built wanted = test::build(leaves_as, payload);
        Built by_ends = packet;
        dress<Ipv4>(packet.bytes(), packet.l4_offset, translation, kBothEnds);
        dress<Ipv4>(by_ends.bytes(), packet.l4_offset, translation, kDestinationEnd);
        dress<Ipv4>(by_ends.bytes(), packet.l4_offset, translation, kSourceEnd);
        EXPECT_TRUE(tuple_of(packet) == leaves_as);
        ASSERT_EQ(packet.data, wanted.data) << "round " << round;
        ASSERT_EQ(by_ends.data, wanted.data) << "round " << round;
    }
}

INSTANTIATE_TEST_SUITE_P(protocols, Dress,
                         testing::Values(net::kProtocolTcp, net::kProtocolUdp, net::kProtocolIcmp,
                                         net::kProtocolSctp, net::kProtocolUdpLite));

// NAT-9
TEST(DressUdp, a_missing_checksum_stays_missing) {
    base::Random random(1);
    const auto arrives = random_tuple(random, net::kProtocolUdp);
    Built packet = test::build(arrives, 10);
    packet.udp().checksum = {};
    dress<Ipv4>(packet.bytes(), packet.l4_offset,
                conntrack::translation_between(arrives, random_tuple(random, net::kProtocolUdp)), kBothEnds);
    EXPECT_EQ(packet.udp().checksum.raw(), 0);
}

// NAT-9
TEST(DressUdp, a_checksum_that_comes_to_zero_goes_as_all_ones) {
    base::Random random(2);
    bool met = false;
    auto arrives = random_tuple(random, net::kProtocolUdp);
    auto leaves_as = arrives;
    for (unsigned port = 0; port < 65536; ++port) {
        leaves_as.source_port = base::Be16::from_host(static_cast<std::uint16_t>(port));
        Built packet = test::build(arrives, 8);
        dress<Ipv4>(packet.bytes(), packet.l4_offset,
                    conntrack::translation_between(arrives, net::reply_of(leaves_as)), kBothEnds);
        ASSERT_NE(packet.udp().checksum.raw(), 0);
        met = met || packet.udp().checksum.raw() == 0xffff;
    }
    EXPECT_TRUE(met);
}

TEST(DressTcp, a_packet_that_changes_in_nothing_is_not_touched) {
    base::Random random(3);
    const auto arrives = random_tuple(random, net::kProtocolTcp);
    Built packet = test::build(arrives, 8);
    packet.ip().checksum = base::Be16::from_raw(0xffff);
    packet.tcp().checksum = base::Be16::from_raw(0xffff);
    const auto before = packet.data;
    dress<Ipv4>(packet.bytes(), packet.l4_offset,
                conntrack::translation_between(arrives, net::reply_of(arrives)), kBothEnds);
    EXPECT_EQ(packet.data, before);
}

TEST(DressTcp, a_wrong_checksum_stays_wrong_by_the_same_amount) {
    base::Random random(4);
    const auto arrives = random_tuple(random, net::kProtocolTcp);
    Built packet = test::build(arrives, 100);
    packet.data.back() ^= std::byte{0x10};
    dress<Ipv4>(packet.bytes(), packet.l4_offset,
                conntrack::translation_between(arrives, random_tuple(random, net::kProtocolTcp)), kBothEnds);
    EXPECT_FALSE(conntrack::l4_checksum_is_good(packet.ip().source, packet.ip().destination, packet.view()));
    EXPECT_TRUE(net::header_checksum_is_good(packet.ip()));
}

TEST(DressOther, a_protocol_without_ports_has_its_addresses_changed_only) {
    base::Random random(5);
    auto arrives = random_tuple(random, 89);
    arrives.source_port = {};
    arrives.destination_port = {};
    auto leaves_as = arrives;
    leaves_as.source = net::Ipv4Address::from_host(0x01020304);
    Built packet = test::build(arrives, 20);
    const Built wanted = test::build(leaves_as, 20);
    dress<Ipv4>(packet.bytes(), packet.l4_offset,
                conntrack::translation_between(arrives, net::reply_of(leaves_as)), kBothEnds);
    EXPECT_EQ(packet.data, wanted.data);
}

}  // namespace
}  // namespace sluice::nat
