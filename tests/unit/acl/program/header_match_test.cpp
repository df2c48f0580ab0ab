// SPDX-License-Identifier: BSD-3-Clause
/// Matches on the headers behind IP: flags and options of TCP, lists of ports, SPIs, types (MAT-2, MAT-3).
#include <array>
#include <vector>

#include "tests/support/packet_builder.h"
#include "tests/unit/acl/program/dpdk_environment.h"
#include "tests/unit/acl/program/router_under_test.h"

namespace sluice::test {
namespace {

using acl::DccpMatch;
using acl::DccpTypes;
using acl::IprangeMatch;
using acl::MultiportMatch;
using acl::PortRange;
using acl::SctpMatch;
using acl::TcpFlags;
using acl::TcpMatch;
using acl::TcpOption;

/// A view and the bytes that it looks at.
struct Framed {
    explicit Framed(const PacketBuilder& builder) : bytes(builder.bytes()), view(tcp_packet()) {
        view.protocol = std::to_integer<std::uint8_t>(bytes[9]);
        view.packet = bytes;
    }
    Bytes bytes;
    Packet view;
};

PacketBuilder tcp_with(std::string_view flags, const std::vector<std::uint8_t>& options = {}) {
    return packet().ip("10.0.0.5", "203.0.113.9").tcp(4000, 80).flags(flags).tcp_options(options);
}

PacketBuilder raw(std::uint8_t protocol, const std::vector<std::uint8_t>& bytes) {
    Bytes payload;
    for (const std::uint8_t byte : bytes) {
        payload.push_back(std::byte(byte));
    }
    return packet().ip("10.0.0.5", "203.0.113.9").protocol(protocol).payload(payload);
}

bool holds_tcp(const TcpMatch& match, const PacketBuilder& builder) {
    const Framed framed(builder);
    return holds(rule().p(6).match(match), framed.view);
}

Outcome outcome(const TcpMatch& match, const PacketBuilder& builder) {
    const Framed framed(builder);
    Rules rules(ruleset(TableId::filter, {chain(Hook::forward, Policy::accept,
                                                {rule().p(6).match(match).j(acl::NoTarget{})})}));
    return rules.run(framed.view).outcome;
}

constexpr TcpFlags kSyn{0x17, 0x02, false};
constexpr TcpFlags kNotSyn{0x17, 0x02, true};

TEST(TcpFlags, those_of_the_mask_are_compared) {
    const auto flags = [](TcpFlags asked) { return TcpMatch{{}, {}, asked, {}}; };
    EXPECT_TRUE(holds_tcp(flags(kSyn), tcp_with("S")));
    EXPECT_TRUE(holds_tcp(flags(kSyn), tcp_with("SEC")));  // ECN setup is a SYN
    EXPECT_FALSE(holds_tcp(flags(kSyn), tcp_with("SA")));
    EXPECT_FALSE(holds_tcp(flags(kSyn), tcp_with("A")));
    EXPECT_FALSE(holds_tcp(flags(kNotSyn), tcp_with("S")));
    EXPECT_TRUE(holds_tcp(flags(kNotSyn), tcp_with("A")));
    EXPECT_TRUE(holds_tcp(flags({0x3f, 0, false}), tcp_with("")));
    EXPECT_FALSE(holds_tcp(flags({0x3f, 0, false}), tcp_with("U")));
    EXPECT_FALSE(holds_tcp(flags({0, 2, false}), tcp_with("S")));
    EXPECT_FALSE(holds_tcp(flags({0, 0, true}), tcp_with("S")));
    EXPECT_FALSE(holds_tcp(TcpMatch{{}, {81, 81, false}, kSyn, {}}, tcp_with("S")));
}

TEST(TcpOption, is_found_behind_others) {
    const auto option = [](std::uint8_t number, bool inverted = false) {
        return TcpMatch{{}, {}, {}, {number, inverted}};
    };
    const auto syn = tcp_with("S", {2, 4, 5, 180, 1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0});
    for (const int number : {2, 1, 3, 4, 8}) {
        EXPECT_TRUE(holds_tcp(option(static_cast<std::uint8_t>(number)), syn)) << number;
        EXPECT_FALSE(holds_tcp(option(static_cast<std::uint8_t>(number), true), syn)) << number;
    }
    EXPECT_FALSE(holds_tcp(option(5), syn));
    EXPECT_FALSE(holds_tcp(option(180), syn));  // a value, not a kind
    EXPECT_TRUE(holds_tcp(option(5, true), syn));
    EXPECT_FALSE(holds_tcp(option(5), tcp_with("A")));
    EXPECT_TRUE(holds_tcp(option(5, true), tcp_with("A")));
}

TEST(TcpOption, lists_out_of_shape_are_read_as_linux_reads_them) {
    const auto option = [](std::uint8_t number) { return TcpMatch{{}, {}, {}, {number, false}}; };
    EXPECT_TRUE(holds_tcp(option(9), tcp_with("A", {0, 9, 2, 0})));    // behind the end of the list
    EXPECT_TRUE(holds_tcp(option(5), tcp_with("A", {8, 0, 5, 2})));    // a length of 0 counts as 1
    EXPECT_FALSE(holds_tcp(option(5), tcp_with("A", {8, 40, 5, 2})));  // runs over the end
    EXPECT_TRUE(holds_tcp(option(7), tcp_with("A", {1, 1, 1, 7})));    // no room for its length
}

TEST(TcpOption, a_header_of_a_wrong_length_is_dropped_by_who_asks_for_options) {
    const TcpMatch asks{{}, {}, {}, {5, true}};
    EXPECT_EQ(outcome(asks, tcp_with("A").tcp_header_words(4)), Outcome::drop);
    EXPECT_EQ(outcome(asks, tcp_with("A").tcp_header_words(15)), Outcome::drop);
    EXPECT_EQ(outcome(TcpMatch{{}, {}, kSyn, {}}, tcp_with("S").tcp_header_words(4)), Outcome::accept);
    // What fails before the option is asked for keeps it from being asked.
    EXPECT_EQ(outcome(TcpMatch{{}, {81, 81, false}, {}, {5, true}}, tcp_with("A").tcp_header_words(4)),
              Outcome::accept);
    EXPECT_EQ(outcome(TcpMatch{{}, {}, kSyn, {5, true}}, tcp_with("A").tcp_header_words(4)), Outcome::accept);
}

TEST(TcpFlags, leave_a_guard_and_ports_leave_none) {
    const Framed framed(tcp_with("A"));
    Rules rules(
        ruleset(TableId::filter,
                {chain(Hook::forward, Policy::accept,
                       {rule().p(6).match(TcpMatch{{}, {80, 80, false}, kSyn, {}}).j(acl::DropTarget{}),
                        rule().p(6).match(TcpMatch{{}, {81, 81, false}, kSyn, {}}).j(acl::DropTarget{}),
                        rule().p(6).match(TcpMatch{{}, {80, 80, false}, {}, {}}).j(acl::NoTarget{})})}));
    const Walk walk = rules.run(framed.view);
    ASSERT_EQ(walk.trace.step_count, 1U);
    EXPECT_EQ(walk.trace.steps[0].rule, rules.program().rule_id(TableId::filter, "FORWARD", 0));
    EXPECT_EQ(walk.trace.steps[0].match, 1U);
    EXPECT_FALSE(walk.trace.steps[0].answer);
    const Framed syn(tcp_with("S"));
    EXPECT_EQ(rules.program().ask(walk.trace.steps[0], syn.view), acl::Answer::yes);
    EXPECT_EQ(rules.program().ask(walk.trace.steps[0], framed.view), acl::Answer::no);
}

MultiportMatch list(MultiportMatch::Side side, std::initializer_list<MultiportMatch::Ports> ports,
                    bool inverted) {
    MultiportMatch match;
    match.protocol = 6;
    match.side = side;
    match.inverted = inverted;
    for (const auto& one : ports) {
        match.ports[match.count++] = one;
    }
    return match;
}

TEST(Multiport, one_of_the_list_is_enough) {
    using Side = MultiportMatch::Side;
    for (const bool inverted : {false, true}) {
        const auto asked = [&](Side side, std::initializer_list<MultiportMatch::Ports> ports) {
            return holds(rule().p(6).match(list(side, ports, inverted)), tcp_packet()) != inverted;
        };
        EXPECT_TRUE(asked(Side::destination, {{22, 22}, {80, 80}}));
        EXPECT_TRUE(asked(Side::destination, {{22, 22}, {70, 90}}));
        EXPECT_FALSE(asked(Side::destination, {{22, 22}, {4000, 4000}, {81, 90}}));
        EXPECT_TRUE(asked(Side::source, {{22, 22}, {3999, 4000}}));
        EXPECT_FALSE(asked(Side::source, {{80, 80}}));
        EXPECT_TRUE(asked(Side::either, {{80, 80}}));
        EXPECT_TRUE(asked(Side::either, {{4000, 4000}}));
        EXPECT_FALSE(asked(Side::either, {{0, 79}, {81, 3999}, {4001, 65535}}));
    }
}

TEST(Multiport, needs_no_more_than_the_ports) {
    const auto match = list(MultiportMatch::Side::destination, {{80, 80}}, false);
    const auto run = [&](const std::vector<std::uint8_t>& bytes) {
        Framed framed(raw(6, bytes));
        framed.view.has_l4 = false;
        framed.view.source_port = framed.view.destination_port = {};
        Rules rules(ruleset(TableId::filter, {chain(Hook::forward, Policy::drop,
                                                    {rule().p(6).match(match).j(acl::AcceptTarget{}),
                                                     rule().j(acl::AcceptTarget{})})}));
        const Outcome result = rules.run(framed.view).outcome;
        return std::pair(result, rules.count("FORWARD", 0).packets);
    };
    EXPECT_EQ(run({0x0f, 0xa0, 0, 80}), std::pair(Outcome::accept, std::uint64_t{1}));
    EXPECT_EQ(run({0x0f, 0xa0, 0, 81}), std::pair(Outcome::accept, std::uint64_t{0}));
    EXPECT_EQ(run({0x0f, 0xa0, 0}), std::pair(Outcome::drop, std::uint64_t{0}));
}

TEST(Multiport, works_only_with_protocols_that_have_ports) {
    const auto match = list(MultiportMatch::Side::destination, {{80, 80}}, false);
    const auto compiles = [&](acl::Rule<Ipv4> one) {
        const auto rules = ruleset(TableId::filter, {chain(Hook::forward, Policy::accept, {std::move(one)})});
        return acl::Program<Ipv4>::compile(rules, {}).has_value();
    };
    EXPECT_TRUE(compiles(rule().p(6).match(match).j(acl::NoTarget{})));
    EXPECT_TRUE(compiles(rule().p(136).match(match).j(acl::NoTarget{})));
    EXPECT_FALSE(compiles(rule().p(1).match(match).j(acl::NoTarget{})));
    EXPECT_FALSE(compiles(rule().not_p(6).match(match).j(acl::NoTarget{})));
    EXPECT_FALSE(compiles(rule().match(match).j(acl::NoTarget{})));
}

TEST(Iprange, ends_belong_to_it) {
    const auto range = [](std::string_view min, std::string_view max, bool inverted = false) {
        return acl::AddressRange{*net::parse_ipv4(min), *net::parse_ipv4(max), inverted};
    };
    const auto source = [&](const acl::AddressRange& asked) {
        return holds(rule().match(IprangeMatch{asked, {}}), tcp_packet());
    };
    EXPECT_TRUE(source(range("10.0.0.5", "10.0.0.5")));
    EXPECT_TRUE(source(range("10.0.0.1", "10.0.0.5")));
    EXPECT_TRUE(source(range("10.0.0.5", "11.0.0.0")));
    EXPECT_FALSE(source(range("10.0.0.6", "11.0.0.0")));
    EXPECT_FALSE(source(range("10.0.0.9", "10.0.0.1")));  // backwards: none
    EXPECT_TRUE(source(range("10.0.0.9", "10.0.0.1", true)));
    EXPECT_FALSE(source(range("0.0.0.0", "255.255.255.255", true)));
    EXPECT_TRUE(holds(
        rule().match(IprangeMatch{range("10.0.0.1", "10.0.0.9"), range("203.0.113.0", "203.0.113.8", true)}),
        tcp_packet()));
    EXPECT_FALSE(
        holds(rule().match(IprangeMatch{range("10.0.0.1", "10.0.0.9"), range("203.0.113.0", "203.0.113.8")}),
              tcp_packet()));
}

TEST(Spi, is_in_the_first_or_second_word_and_a_cut_header_is_dropped) {
    const std::vector<std::uint8_t> esp = {0, 0, 1, 2, 0, 0, 0, 9};
    const std::vector<std::uint8_t> ah = {6, 4, 0, 0, 0, 0, 1, 2, 0, 0, 0, 9};
    const auto run = [](std::uint8_t protocol, const std::vector<std::uint8_t>& bytes, acl::AnyMatch match) {
        const Framed framed(raw(protocol, bytes));
        Rules rules(ruleset(TableId::filter,
                            {chain(Hook::forward, Policy::accept,
                                   {rule().p(protocol).match(std::move(match)).j(acl::NoTarget{})})}));
        const Outcome result = rules.run(framed.view).outcome;
        return result == Outcome::drop ? -1 : static_cast<int>(rules.count("FORWARD", 0).packets);
    };
    EXPECT_EQ(run(50, esp, acl::EspMatch{{0x102, 0x102, false}}), 1);
    EXPECT_EQ(run(50, esp, acl::EspMatch{{0x102, 0x102, true}}), 0);
    EXPECT_EQ(run(50, esp, acl::EspMatch{{0, 0x101, false}}), 0);
    EXPECT_EQ(run(50, {0, 0, 1, 2, 0, 0, 0}, acl::EspMatch{}), -1);
    EXPECT_EQ(run(51, ah, acl::AhMatch{{0x100, 0x200, false}}), 1);
    EXPECT_EQ(run(51, ah, acl::AhMatch{{0x103, 0x200, false}}), 0);
    EXPECT_EQ(run(51, {6, 4, 0, 0, 0, 0, 1, 2, 0, 0, 0}, acl::AhMatch{}), -1);
    const std::vector<std::uint8_t> ipcomp = {6, 0xff, 1, 2};
    EXPECT_EQ(run(108, ipcomp, acl::IpcompMatch{{0x102, 0x102, false}, true}), 1);
    EXPECT_EQ(run(108, ipcomp, acl::IpcompMatch{{0x103, 0xffffffff, true}, false}), 1);
    EXPECT_EQ(run(108, ipcomp, acl::IpcompMatch{}), 0);
    EXPECT_EQ(run(108, {6, 0, 1}, acl::IpcompMatch{{0, 0xffffffff, false}, false}), -1);
}

TEST(DccpMatch, the_type_is_in_the_ninth_byte) {
    const auto asked = [](unsigned type, std::uint16_t types, bool inverted) {
        const Framed framed(
            raw(33, {15, 160, 0, 80, 3, 0, 0, 0, static_cast<std::uint8_t>(type * 2 + 1), 0, 0, 0}));
        return holds(rule().p(33).match(DccpMatch{{}, PortRange{80, 80, false}, DccpTypes{types, inverted}}),
                     framed.view);
    };
    for (unsigned type = 0; type < 16; ++type) {
        EXPECT_TRUE(asked(type, static_cast<std::uint16_t>(1U << type), false));
        EXPECT_FALSE(asked(type, static_cast<std::uint16_t>(~(1U << type)), false));
        EXPECT_FALSE(asked(type, static_cast<std::uint16_t>(1U << type), true));
    }
}

TEST(SctpMatch, asks_for_ports) {
    Packet sctp = tcp_packet();
    sctp.protocol = net::kProtocolSctp;
    EXPECT_TRUE(holds(rule().p(132).match(SctpMatch{}), sctp));
    EXPECT_TRUE(
        holds(rule().p(132).match(SctpMatch{PortRange{4000, 4000, false}, PortRange{80, 80, false}}), sctp));
    EXPECT_FALSE(holds(rule().p(132).match(SctpMatch{{}, PortRange{80, 80, true}}), sctp));
    EXPECT_FALSE(holds(rule().p(132).match(SctpMatch{PortRange{0, 65535, true}, {}}), sctp));
}

TEST(FragmentMatch, no_packet_before_the_rules_is_a_fragment) {
    auto only = rule().j(acl::DropTarget{});
    only.fragment = acl::FragmentMatch::only;
    auto never = rule().j(acl::DropTarget{});
    never.fragment = acl::FragmentMatch::never;
    const Framed framed(tcp_with("A"));
    const auto run = [&](acl::Rule<Ipv4> one) {
        Rules rules(ruleset(TableId::filter, {chain(Hook::forward, Policy::accept, {std::move(one)})}));
        return rules.run(framed.view).outcome;
    };
    EXPECT_EQ(run(only), Outcome::accept);
    EXPECT_EQ(run(never), Outcome::drop);
}

}  // namespace
}  // namespace sluice::test
