// SPDX-License-Identifier: BSD-3-Clause
/// Chains, verdicts, counters and what a walk leaves in its trace (HOOK-4, HOOK-5).
#include <fmt/format.h>

#include "tests/unit/acl/program/router_under_test.h"

namespace sluice::test {
namespace {

using acl::AcceptTarget;
using acl::DropTarget;
using acl::IcmpMatch;
using acl::NoTarget;
using acl::RejectTarget;
using acl::ReturnTarget;
using acl::StateMatch;
using acl::TcpMatch;
using conntrack::CtState;

Packet echo_request() {
    Packet packet = tcp_packet();
    packet.protocol = net::kProtocolIcmp;
    packet.icmp_type = 8;
    return packet;
}

/// A packet whose L4 header is not there, at a fragment offset in units of 8 bytes.
Packet without_l4(net::Ipv4Header& header, std::uint16_t offset) {
    Packet packet = tcp_packet();
    packet.has_l4 = false;
    header = {};
    header.fragment = net::Be16::from_host(offset);
    packet.packet = std::as_bytes(std::span(&header, 1));
    return packet;
}

TEST(Walk, policy_decides_and_counts_what_no_rule_does) {
    Rules rules(ruleset(TableId::filter,
                        {chain(Hook::forward, Policy::drop, {rule().s("1.1.1.1/32").j(AcceptTarget{})}),
                         chain(Hook::output, Policy::accept, {})}));
    EXPECT_EQ(rules.run(tcp_packet()).outcome, Outcome::drop);
    EXPECT_EQ(rules.policy("FORWARD"), (base::PacketCount{1, 60}));
    EXPECT_EQ(rules.count("FORWARD", 0), (base::PacketCount{0, 0}));
    EXPECT_EQ(rules.run(tcp_packet(), TableId::filter, Hook::output).outcome, Outcome::accept);
    EXPECT_EQ(rules.policy("OUTPUT"), (base::PacketCount{1, 60}));
}

TEST(Walk, a_rule_without_target_counts_and_goes_on) {
    Rules rules(ruleset(TableId::filter,
                        {chain(Hook::forward, Policy::accept,
                               {rule().j(NoTarget{}), rule().j(DropTarget{}), rule().j(NoTarget{})})}));
    EXPECT_EQ(rules.run(tcp_packet()).outcome, Outcome::drop);
    EXPECT_EQ(rules.count("FORWARD", 0), (base::PacketCount{1, 60}));
    EXPECT_EQ(rules.count("FORWARD", 1), (base::PacketCount{1, 60}));
    EXPECT_EQ(rules.count("FORWARD", 2), (base::PacketCount{0, 0}));
    EXPECT_EQ(rules.policy("FORWARD").packets, 0U);
}

TEST(Walk, return_in_a_built_in_chain_is_its_policy) {
    Rules rules(ruleset(TableId::filter, {chain(Hook::forward, Policy::drop,
                                                {rule().j(ReturnTarget{}), rule().j(AcceptTarget{})})}));
    EXPECT_EQ(rules.run(tcp_packet()).outcome, Outcome::drop);
    EXPECT_EQ(rules.count("FORWARD", 0).packets, 1U);
    EXPECT_EQ(rules.policy("FORWARD").packets, 1U);
}

TEST(Walk, a_jump_comes_back_behind_itself) {
    Rules rules(ruleset(TableId::filter,
                        {chain(Hook::forward, Policy::drop, {rule().j("a"), rule().j(AcceptTarget{})}),
                         chain("a", {rule().j("b"), rule().j(ReturnTarget{}), rule().j(DropTarget{})}),
                         chain("b", {rule().j(NoTarget{})})}));
    EXPECT_EQ(rules.run(tcp_packet()).outcome, Outcome::accept);
    EXPECT_EQ(rules.count("b", 0).packets, 1U);
    EXPECT_EQ(rules.count("a", 1).packets, 1U);
    EXPECT_EQ(rules.count("a", 2).packets, 0U);
    EXPECT_EQ(rules.count("FORWARD", 1).packets, 1U);
}

TEST(Walk, a_goto_comes_back_to_the_callers_caller) {
    Rules rules(
        ruleset(TableId::filter,
                {chain(Hook::forward, Policy::drop, {rule().j("a"), rule().j(AcceptTarget{})}),
                 chain("a", {rule().g("b"), rule().j(DropTarget{})}), chain("b", {rule().j(NoTarget{})})}));
    EXPECT_EQ(rules.run(tcp_packet()).outcome, Outcome::accept);
    EXPECT_EQ(rules.count("a", 1).packets, 0U);
}

TEST(Walk, a_goto_from_a_built_in_chain_ends_in_its_policy) {
    Rules rules(ruleset(TableId::filter,
                        {chain(Hook::forward, Policy::drop, {rule().g("a"), rule().j(AcceptTarget{})}),
                         chain("a", {rule().j(NoTarget{})})}));
    EXPECT_EQ(rules.run(tcp_packet()).outcome, Outcome::drop);
    EXPECT_EQ(rules.policy("FORWARD").packets, 1U);
    EXPECT_EQ(rules.count("FORWARD", 1).packets, 0U);
}

TEST(Walk, jumps_nest_as_deep_as_promised) {
    std::vector<acl::Chain<Ipv4>> chains = {chain(Hook::forward, Policy::accept, {rule().j("c0")})};
    for (int i = 0; i < 127; ++i) {
        chains.push_back(chain(fmt::format("c{}", i), {rule().j((fmt::format("c{}", i + 1)).c_str())}));
    }
    chains.push_back(chain("c127", {rule().j(NoTarget{})}));
    Rules rules(ruleset(TableId::filter, chains));
    EXPECT_EQ(rules.run(tcp_packet()).outcome, Outcome::accept);
    EXPECT_EQ(rules.count("c127", 0).packets, 1U);
    EXPECT_EQ(rules.policy("FORWARD").packets, 1U);
}

TEST(Walk, reject_and_nat_carry_their_options) {
    Rules rejecting(
        ruleset(TableId::filter, {chain(Hook::forward, Policy::accept,
                                        {rule().p(6).j(RejectTarget{RejectTarget::With::tcp_reset})})}));
    const Walk rejected = rejecting.run(tcp_packet());
    EXPECT_EQ(rejected.outcome, Outcome::reject);
    EXPECT_EQ(rejected.reject, RejectTarget::With::tcp_reset);

    acl::NatTarget masquerade;
    masquerade.kind = acl::NatTarget::Kind::masquerade;
    Rules translating(
        ruleset(TableId::nat, {chain(Hook::postrouting, Policy::accept, {rule().j(masquerade)})}));
    const Walk translated = translating.run(tcp_packet(), TableId::nat, Hook::postrouting);
    EXPECT_EQ(translated.outcome, Outcome::nat);
    ASSERT_NE(translated.nat, nullptr);
    EXPECT_EQ(*translated.nat, masquerade);
}

TEST(Walk, a_table_that_is_not_there_accepts_and_counts_nothing) {
    Rules rules(ruleset(TableId::nat, {chain(Hook::prerouting, Policy::accept, {})}));
    EXPECT_FALSE(rules.program().has_chain(TableId::filter, Hook::forward));
    EXPECT_FALSE(rules.program().has_chain(TableId::nat, Hook::postrouting));
    EXPECT_TRUE(rules.program().has_chain(TableId::nat, Hook::prerouting));
    EXPECT_EQ(rules.program().counter_count(), 1U);
    const Walk walk = rules.run(tcp_packet());
    EXPECT_EQ(walk.outcome, Outcome::accept);
    EXPECT_EQ(walk.trace.rule_count, 0);
}

TEST(Trace, holds_the_rules_met_and_the_policy_in_order) {
    Rules rules(ruleset(TableId::filter, {chain(Hook::forward, Policy::accept,
                                                {rule().j("a"), rule().s("1.1.1.1/32").j(DropTarget{})}),
                                          chain("a", {rule().j(NoTarget{})})}));
    const Walk walk = rules.run(tcp_packet());
    const auto id = [&](const char* name, std::size_t index) {
        return rules.program().rule_id(TableId::filter, name, index);
    };
    ASSERT_EQ(walk.trace.rule_count, 3);
    EXPECT_EQ(walk.trace.rules[0], id("FORWARD", 0));
    EXPECT_EQ(walk.trace.rules[1], id("a", 0));
    EXPECT_EQ(walk.trace.rules[2], rules.program().policy_id(TableId::filter, "FORWARD"));
    EXPECT_FALSE(walk.trace.overflowed);
}

TEST(Trace, a_header_match_leaves_a_guard_with_either_answer) {
    Rules rules(ruleset(TableId::filter,
                        {chain(Hook::forward, Policy::accept,
                               {rule().p(1).match(IcmpMatch{0, 0, 255, false}).j(DropTarget{}),
                                rule().p(1).match(IcmpMatch{8, 0, 255, false}).j(AcceptTarget{})})}));
    const Walk walk = rules.run(echo_request());
    ASSERT_EQ(walk.trace.step_count, 2);
    EXPECT_EQ(walk.trace.steps[0],
              (acl::PathStep{rules.program().rule_id(TableId::filter, "FORWARD", 0), 0, acl::PathStep::Kind::guard, false}));
    EXPECT_EQ(walk.trace.steps[1],
              (acl::PathStep{rules.program().rule_id(TableId::filter, "FORWARD", 1), 0, acl::PathStep::Kind::guard, true}));

    Packet reply = echo_request();
    reply.icmp_type = 0;
    EXPECT_EQ(rules.program().ask(walk.trace.steps[0], reply), acl::Answer::yes);
    EXPECT_EQ(rules.program().ask(walk.trace.steps[1], reply), acl::Answer::no);
    EXPECT_EQ(rules.program().ask(walk.trace.steps[0], echo_request()), acl::Answer::no);
}

TEST(Trace, no_guard_where_the_connection_already_said_no) {
    Rules rules(
        ruleset(TableId::filter,
                {chain(Hook::forward, Policy::accept,
                       {rule()
                            .p(1)
                            .match(IcmpMatch{0, 0, 255, false})
                            .match(StateMatch{bit(CtState::invalid), false})
                            .j(DropTarget{}),
                        rule().p(1).s("1.1.1.1/32").match(IcmpMatch{8, 0, 255, false}).j(DropTarget{})})}));
    EXPECT_EQ(rules.run(echo_request()).trace.step_count, 0);
    EXPECT_EQ(rules.run(tcp_packet()).trace.step_count, 0);
}

TEST(Trace, counts_comments_out_of_a_guards_match_number) {
    Rules rules(ruleset(TableId::filter, {chain(Hook::forward, Policy::accept,
                                                {rule()
                                                     .p(1)
                                                     .match(acl::CommentMatch{"x"})
                                                     .match(StateMatch{0x1f, false})
                                                     .match(IcmpMatch{8, 0, 255, false})
                                                     .j(DropTarget{})})}));
    const Walk walk = rules.run(echo_request());
    ASSERT_EQ(walk.trace.step_count, 1);
    EXPECT_EQ(walk.trace.steps[0].match, 1);
    EXPECT_EQ(rules.program().ask(walk.trace.steps[0], echo_request()), acl::Answer::yes);
}

TEST(Trace, a_walk_that_meets_too_much_is_judged_but_leaves_no_path) {
    std::vector<acl::Rule<Ipv4>> many;
    for (std::size_t i = 0; i < acl::Trace::kMaxRules + 8; ++i) {
        many.push_back(rule().j(NoTarget{}));
    }
    Rules rules(ruleset(TableId::filter, {chain(Hook::forward, Policy::drop, many)}));
    const Walk walk = rules.run(tcp_packet());
    EXPECT_EQ(walk.outcome, Outcome::drop);
    EXPECT_TRUE(walk.trace.overflowed);
    EXPECT_EQ(rules.count("FORWARD", many.size() - 1).packets, 1U);
}

// FRAG-6: what cannot be asked is dropped where a rule would have to ask it, and only there.
TEST(WithoutL4, a_cut_header_drops_at_the_first_rule_that_asks_for_it) {
    const auto program = [](acl::Rule<Ipv4> first) {
        return Rules(ruleset(TableId::filter, {chain(Hook::forward, Policy::accept, {std::move(first)})}));
    };
    net::Ipv4Header header;
    const Packet cut = without_l4(header, 0);
    EXPECT_EQ(program(rule().p(6).match(TcpMatch{}).j(AcceptTarget{})).run(cut).outcome, Outcome::drop);
    const TcpMatch none{{}, {80, 80, true}};
    EXPECT_EQ(program(rule().p(6).match(none).j(AcceptTarget{})).run(cut).outcome, Outcome::drop);
    EXPECT_EQ(program(rule().p(6).s("1.1.1.1/32").match(TcpMatch{}).j(DropTarget{})).run(cut).outcome,
              Outcome::accept);
    EXPECT_EQ(program(rule().p(6).j(DropTarget{})).run(cut).outcome, Outcome::drop);
    EXPECT_EQ(program(rule().p(17).match(acl::UdpMatch{}).j(DropTarget{})).run(cut).outcome, Outcome::accept);
}

TEST(WithoutL4, the_first_match_that_cannot_be_asked_decides_in_the_order_written) {
    const StateMatch invalid{bit(CtState::invalid), false};
    net::Ipv4Header header;
    const Packet cut = without_l4(header, 0);
    Rules asked_first(
        ruleset(TableId::filter, {chain(Hook::forward, Policy::accept,
                                        {rule().p(6).match(TcpMatch{}).match(invalid).j(AcceptTarget{})})}));
    EXPECT_EQ(asked_first.run(cut).outcome, Outcome::drop);
    EXPECT_EQ(asked_first.policy("FORWARD").packets, 0U);
    Rules asked_last(
        ruleset(TableId::filter, {chain(Hook::forward, Policy::accept,
                                        {rule().p(6).match(invalid).match(TcpMatch{}).j(AcceptTarget{})})}));
    EXPECT_EQ(asked_last.run(cut).outcome, Outcome::accept);
}

TEST(WithoutL4, later_fragments_do_not_match_and_tcp_at_offset_eight_is_dropped) {
    Rules rules(ruleset(TableId::filter, {chain(Hook::forward, Policy::accept,
                                                {rule().p(6).match(TcpMatch{}).j(DropTarget{})})}));
    net::Ipv4Header header;
    EXPECT_EQ(rules.run(without_l4(header, 185)).outcome, Outcome::accept);
    EXPECT_EQ(rules.policy("FORWARD").packets, 1U);
    EXPECT_EQ(rules.run(without_l4(header, 1)).outcome, Outcome::drop);
    EXPECT_EQ(rules.policy("FORWARD").packets, 1U);
    EXPECT_EQ(rules.count("FORWARD", 0).packets, 0U);
    EXPECT_TRUE(rules.run(without_l4(header, 185)).trace.overflowed);
}

TEST(WithoutL4, is_found_by_rules_behind_a_classifier_too) {
    std::vector<acl::Rule<Ipv4>> many;
    for (int i = 0; i < 100; ++i) {
        many.push_back(rule().p(6).d("203.0.113.9/32").match(TcpMatch{{}, {7, 7, false}}).j(AcceptTarget{}));
    }
    Rules rules(ruleset(TableId::filter, {chain(Hook::forward, Policy::accept, many)}));
    net::Ipv4Header header;
    EXPECT_EQ(rules.run(without_l4(header, 0)).outcome, Outcome::drop);
}

}  // namespace
}  // namespace sluice::test
