// SPDX-License-Identifier: BSD-3-Clause
/// Every match and every negation (MAT-1, MAT-8 as far as built).
#include "tests/unit/acl/program/dpdk_environment.h"
#include "tests/unit/acl/program/router_under_test.h"

namespace sluice::test {
namespace {

using acl::ConntrackMatch;
using acl::IcmpMatch;
using acl::PortRange;
using acl::StateMatch;
using acl::TcpMatch;
using acl::UdpMatch;
using conntrack::CtState;

[[maybe_unused]] const testing::Environment* const dpdk =
    testing::AddGlobalTestEnvironment(new DpdkEnvironment);

Packet without_interfaces() {
    Packet packet = tcp_packet();
    packet.in = packet.out = base::kNoInterface;
    return packet;
}

Packet icmp_packet(std::uint8_t type, std::uint8_t code) {
    Packet packet = tcp_packet();
    packet.protocol = net::kProtocolIcmp;
    packet.source_port = packet.destination_port = {};
    packet.icmp_type = type;
    packet.icmp_code = code;
    return packet;
}

Packet in_state(CtState state, bool snat = false, bool dnat = false) {
    Packet packet = tcp_packet();
    packet.state = state;
    packet.snat = snat;
    packet.dnat = dnat;
    return packet;
}

TEST(StandardMatch, a_rule_without_conditions_holds) {
    EXPECT_TRUE(holds(rule(), tcp_packet()));
}

TEST(StandardMatch, addresses_match_under_their_mask) {
    EXPECT_TRUE(holds(rule().s("10.0.0.0/8"), tcp_packet()));
    EXPECT_TRUE(holds(rule().s("10.0.0.5/32"), tcp_packet()));
    EXPECT_FALSE(holds(rule().s("10.0.0.4/32"), tcp_packet()));
    EXPECT_TRUE(holds(rule().d("203.0.113.0/24"), tcp_packet()));
    EXPECT_FALSE(holds(rule().d("203.0.112.0/24"), tcp_packet()));
    EXPECT_TRUE(holds(rule().s("0.0.0.0/0"), tcp_packet()));
}

TEST(StandardMatch, a_mask_need_not_be_a_prefix) {
    EXPECT_TRUE(holds(rule().s_mask(0x00000005, 0x000000ff), tcp_packet()));
    EXPECT_FALSE(holds(rule().s_mask(0x00000006, 0x000000ff), tcp_packet()));
    EXPECT_TRUE(holds(rule().s_mask(0x0a000005, 0xff00ffff), tcp_packet()));
}

TEST(StandardMatch, addresses_are_negated) {
    EXPECT_FALSE(holds(rule().not_s("10.0.0.0/8"), tcp_packet()));
    EXPECT_TRUE(holds(rule().not_s("11.0.0.0/8"), tcp_packet()));
    EXPECT_FALSE(holds(rule().not_d("203.0.113.9/32"), tcp_packet()));
    EXPECT_TRUE(holds(rule().not_d("203.0.113.8/32"), tcp_packet()));
    EXPECT_FALSE(holds(rule().not_s("0.0.0.0/0"), tcp_packet()));
}

TEST(StandardMatch, interfaces_match_by_name_and_by_beginning) {
    Packet packet = tcp_packet();
    packet.in = kEth0;
    EXPECT_TRUE(holds(rule().i("eth0"), packet));
    EXPECT_FALSE(holds(rule().i("eth1"), packet));
    EXPECT_FALSE(holds(rule().i("eth"), packet));
    EXPECT_FALSE(holds(rule().i("eth0.1"), packet));
    EXPECT_TRUE(holds(rule().i("eth+"), packet));
    EXPECT_TRUE(holds(rule().i("eth0+"), packet));
    EXPECT_FALSE(holds(rule().i("wan+"), packet));
    EXPECT_TRUE(holds(rule().i("+"), packet));
    EXPECT_TRUE(holds(rule().o("wan"), packet));
    EXPECT_FALSE(holds(rule().o("lan"), packet));
    EXPECT_FALSE(holds(rule().i("gone"), packet));
}

TEST(StandardMatch, interfaces_are_negated) {
    EXPECT_FALSE(holds(rule().not_i("lan"), tcp_packet()));
    EXPECT_TRUE(holds(rule().not_i("wan"), tcp_packet()));
    EXPECT_FALSE(holds(rule().not_o("w+"), tcp_packet()));
    EXPECT_TRUE(holds(rule().not_o("gone"), tcp_packet()));
    EXPECT_FALSE(holds(rule().not_i("+"), tcp_packet()));
}

TEST(StandardMatch, a_packet_without_an_interface_has_the_empty_name) {
    EXPECT_FALSE(holds(rule().i("lan"), without_interfaces()));
    EXPECT_FALSE(holds(rule().i("l+"), without_interfaces()));
    EXPECT_TRUE(holds(rule().not_i("lan"), without_interfaces()));
    EXPECT_TRUE(holds(rule().not_i("l+"), without_interfaces()));
    EXPECT_TRUE(holds(rule().i("+"), without_interfaces()));
    EXPECT_TRUE(holds(rule().not_o("wan"), without_interfaces()));
    EXPECT_TRUE(holds(rule(), without_interfaces()));
}

TEST(StandardMatch, protocol_zero_is_any) {
    EXPECT_TRUE(holds(rule().p(6), tcp_packet()));
    EXPECT_FALSE(holds(rule().p(17), tcp_packet()));
    EXPECT_FALSE(holds(rule().not_p(6), tcp_packet()));
    EXPECT_TRUE(holds(rule().not_p(17), tcp_packet()));
    EXPECT_TRUE(holds(rule().p(0), tcp_packet()));
    EXPECT_TRUE(holds(rule().not_p(0), tcp_packet()));
}

TEST(PortMatch, ranges_are_inclusive_and_negated_one_by_one) {
    const PortRange any;
    const auto tcp = [](PortRange source, PortRange destination) {
        return rule().p(6).match(TcpMatch{source, destination});
    };
    EXPECT_TRUE(holds(tcp(any, any), tcp_packet()));
    EXPECT_TRUE(holds(tcp(any, {80, 80, false}), tcp_packet()));
    EXPECT_TRUE(holds(tcp(any, {79, 80, false}), tcp_packet()));
    EXPECT_TRUE(holds(tcp(any, {80, 65535, false}), tcp_packet()));
    EXPECT_FALSE(holds(tcp(any, {81, 65535, false}), tcp_packet()));
    EXPECT_FALSE(holds(tcp(any, {80, 80, true}), tcp_packet()));
    EXPECT_TRUE(holds(tcp(any, {81, 90, true}), tcp_packet()));
    EXPECT_TRUE(holds(tcp({4000, 4000, false}, {80, 80, false}), tcp_packet()));
    EXPECT_FALSE(holds(tcp({4000, 4000, true}, {80, 80, false}), tcp_packet()));
    EXPECT_FALSE(holds(tcp({4001, 4001, false}, {80, 80, false}), tcp_packet()));
    EXPECT_FALSE(holds(tcp({0, 65535, true}, any), tcp_packet()));
}

TEST(PortMatch, udp_asks_udp_only) {
    Packet packet = tcp_packet();
    EXPECT_FALSE(holds(rule().p(17).match(UdpMatch{}), packet));
    packet.protocol = net::kProtocolUdp;
    EXPECT_TRUE(holds(rule().p(17).match(UdpMatch{{}, {53, 80, false}}), packet));
    EXPECT_FALSE(holds(rule().p(17).match(UdpMatch{{}, {53, 80, true}}), packet));
}

TEST(IcmpMatch, type_and_codes_and_any) {
    const auto icmp = [](std::uint8_t type, std::uint8_t min, std::uint8_t max, bool inverted = false) {
        return rule().p(1).match(IcmpMatch{type, min, max, inverted});
    };
    EXPECT_TRUE(holds(icmp(8, 0, 255), icmp_packet(8, 0)));
    EXPECT_FALSE(holds(icmp(8, 0, 255), icmp_packet(0, 0)));
    EXPECT_TRUE(holds(icmp(3, 4, 4), icmp_packet(3, 4)));
    EXPECT_FALSE(holds(icmp(3, 4, 4), icmp_packet(3, 3)));
    EXPECT_TRUE(holds(icmp(255, 0, 255), icmp_packet(11, 0)));
    EXPECT_FALSE(holds(icmp(255, 0, 255, true), icmp_packet(11, 0)));
    EXPECT_FALSE(holds(icmp(8, 0, 255, true), icmp_packet(8, 0)));
    EXPECT_TRUE(holds(icmp(8, 0, 255, true), icmp_packet(0, 0)));
    EXPECT_TRUE(holds(icmp(3, 4, 4, true), icmp_packet(3, 3)));
}

TEST(StateMatches, states_are_a_list) {
    const auto both = static_cast<std::uint8_t>(bit(CtState::established) | bit(CtState::related));
    for (const bool inverted : {false, true}) {
        for (unsigned i = 0; i < 5; ++i) {
            const auto state = static_cast<CtState>(i);
            const bool among = state == CtState::established || state == CtState::related;
            EXPECT_EQ(holds(rule().match(ConntrackMatch{both, false, false, inverted}), in_state(state)),
                      among != inverted);
            EXPECT_EQ(holds(rule().match(StateMatch{both, inverted}), in_state(state)), among != inverted);
        }
    }
}

TEST(StateMatches, snat_and_dnat_are_states_beside_the_state) {
    const auto established = in_state(CtState::established);
    const auto translated = in_state(CtState::established, true, false);
    EXPECT_FALSE(holds(rule().match(ConntrackMatch{0, true, false, false}), established));
    EXPECT_TRUE(holds(rule().match(ConntrackMatch{0, true, false, false}), translated));
    EXPECT_FALSE(holds(rule().match(ConntrackMatch{0, false, true, false}), translated));
    EXPECT_TRUE(
        holds(rule().match(ConntrackMatch{0, true, true, false}), in_state(CtState::new_, false, true)));
    EXPECT_FALSE(holds(rule().match(ConntrackMatch{0, true, false, true}), translated));
    EXPECT_TRUE(
        holds(rule().match(ConntrackMatch{bit(CtState::established), true, false, false}), established));
}

TEST(CommentMatch, changes_nothing) {
    EXPECT_TRUE(holds(rule().match(acl::CommentMatch{"why"}), tcp_packet()));
}

TEST(Matches, all_of_a_rule_must_hold) {
    EXPECT_TRUE(
        holds(rule().p(6).match(TcpMatch{}).match(StateMatch{bit(CtState::new_), false}), tcp_packet()));
    EXPECT_FALSE(
        holds(rule().p(6).match(TcpMatch{}).match(StateMatch{bit(CtState::invalid), false}), tcp_packet()));
}

}  // namespace
}  // namespace sluice::test
