// SPDX-License-Identifier: BSD-3-Clause
/// What is refused at load, with the place of the fault (OPS-1).
#include "acl/program/check.h"

#include <fmt/format.h>

#include "acl/targets/ct.h"
#include "acl/targets/led.h"
#include "acl/targets/nfqueue.h"
#include "acl/targets/tproxy.h"
#include "tests/unit/acl/program/router_under_test.h"

namespace sluice::test {
namespace {

using acl::AcceptTarget;
using acl::NatTarget;
using acl::RejectTarget;

NatTarget nat(NatTarget::Kind kind) {
    NatTarget target;
    target.kind = kind;
    return target;
}

std::vector<std::string> messages(const acl::Ruleset<Ipv4>& rules) {
    std::vector<std::string> texts;
    for (const base::Diagnostic& fault : acl::check(rules)) {
        texts.push_back(fmt::format("{}: {}", fault.where.line, fault.message));
    }
    return texts;
}

std::string name(int i) {
    return fmt::format("c{}", i);
}

using Texts = std::vector<std::string>;

TEST(Check, every_fault_is_told_in_the_order_of_places) {
    const auto rules =
        ruleset(TableId::filter,
                {chain(Hook::forward, Policy::accept,
                       {rule().at(1).j("nowhere"), rule().at(2).match(acl::TcpMatch{}).j(AcceptTarget{}),
                        rule().at(3).j(nat(NatTarget::Kind::snat)), rule().at(4).j("FORWARD"),
                        rule().at(5).p(17).j(RejectTarget{RejectTarget::With::tcp_reset}),
                        rule().at(6).not_p(6).match(acl::TcpMatch{}).j(AcceptTarget{})})});
    EXPECT_EQ(messages(rules), (Texts{
                                   "1: table filter has no chain 'nowhere' to jump to",
                                   "2: match tcp works only with `-p tcp`",
                                   "3: target SNAT works only in table nat, this is table filter",
                                   "4: 'FORWARD' is a built-in chain: only user chains can be jumped to",
                                   "5: --reject-with tcp-reset works only with `-p tcp`",
                                   "6: match tcp works only with `-p tcp`",
                               }));
    const auto compiled = acl::Program<Ipv4>::compile(rules, {});
    ASSERT_FALSE(compiled.has_value());
    EXPECT_EQ(compiled.error().size(), 6U);
}

// CT-5; xt_CT.c
TEST(Check, a_timeout_policy_is_there_and_for_the_rules_protocol) {
    const auto named = [](const char* name, bool notrack = false) {
        acl::CtTarget target;
        target.timeout = name;
        target.notrack = notrack;
        return target;
    };
    const auto rules = ruleset(
        TableId::raw,
        {chain(Hook::prerouting, Policy::accept,
               {rule().at(1).p(6).j(named("tcp")), rule().at(2).p(17).j(named("tcp")), rule().at(3).j(named("tcp")),
                rule().at(4).not_p(6).j(named("tcp")), rule().at(5).p(6).j(named("nope")), rule().at(6).p(99).j(named("other")),
                rule().at(7).p(33).j(named("other")), rule().at(8).p(47).j(named("other")), rule().at(9).j(named("nope", true))})});
    const std::vector<conntrack::TimeoutPolicyName> policies = {{"tcp", 6, 1}, {"other", conntrack::kGenericProtocol, 2}};
    Texts texts;
    for (const base::Diagnostic& fault : acl::check(rules, nullptr, policies)) {
        texts.push_back(fmt::format("{}: {}", fault.where.line, fault.message));
    }
    EXPECT_EQ(texts, (Texts{
                         "2: timeout policy 'tcp' works only with `-p tcp`",
                         "3: CT --timeout works only with `-p` and one protocol",
                         "4: CT --timeout works only with `-p` and one protocol",
                         "5: there is no timeout policy 'nope': [conntrack.timeout.nope] makes one",
                         "8: timeout policy 'other' is for protocols that have none of their own",
                     }));
}

TEST(Check, an_estimator_is_made_by_rules_that_agree) {
    acl::RateestMatch rate;
    rate.question = {.mode = acl::RateestMatch::Mode::gt, .asks_packets = true};
    rate.first = "a";
    rate.second = "c";
    const auto rules = ruleset(
        TableId::filter, {chain(Hook::forward, Policy::accept,
                                {rule().at(1).match(rate).j(AcceptTarget{}), rule().at(2).j(acl::RateestTarget{"a", {0, 1}}),
                                 rule().at(3).j(acl::RateestTarget{"a", {0, 2}}), rule().at(4).j(acl::RateestTarget{"b", {0, 2}})})});
    EXPECT_EQ(messages(rules), (Texts{"1: there is no estimator 'c': no rule makes it with -j RATEEST",
                                      "3: the estimator 'a' has another interval or ewmalog in a rule before"}));
}

TEST(Check, a_set_that_is_not_there_is_refused_as_iptables_does) {
    acl::SetMatch match;
    match.name = "nowhere";
    const auto rules = ruleset(
        TableId::filter, {chain(Hook::forward, Policy::accept, {rule().at(1).match(match).j(AcceptTarget{})})});
    EXPECT_EQ(messages(rules), (Texts{"1: Set nowhere doesn't exist."}));
}

// What can be read and printed but not honoured.
TEST(Check, a_match_that_cannot_be_honoured_is_refused_with_the_reason) {
    EXPECT_EQ(messages(ruleset(TableId::filter,
                               {chain(Hook::forward, Policy::accept,
                                      {rule().at(1).p(6).match(acl::OsfMatch{}).j(AcceptTarget{}),
                                       rule().at(2).match(acl::CgroupMatch{}).j(AcceptTarget{}),
                                       rule().at(3).match(acl::NfacctMatch{}).j(AcceptTarget{}),
                                       rule().at(4).match(acl::BpfMatch{{}, "/sys/fs/bpf/a"}).j(AcceptTarget{}),
                                       rule().at(5).match(acl::BpfMatch{{{0x20, 0, 0, 0xfffff038}, {0x16, 0, 0, 0}}, {}}).j(AcceptTarget{}),
                                       rule().at(6).match(acl::BpfMatch{{{0x20, 0, 0, 0xfffff008}, {0x16, 0, 0, 0}}, {}}).j(AcceptTarget{})})})),
              (Texts{"1: match osf needs fingerprints, which nfnl_osf gives to Linux; there is nobody to give them here",
                     "2: match cgroup asks for the control group of a local program; none runs behind a router in user space",
                     "3: match nfacct counts on an object of nfacct(8), which Linux holds; count with the rule itself instead",
                     "4: match bpf: --object-pinned names a program in Linux, which no packet of a router in user space meets; "
                     "--bytecode holds one itself",
                     "5: match bpf: the program loads a random number (RANDOM); -m statistic --mode random has some",
                     "6: match bpf: the program loads the number of an interface (IFINDEX), which only Linux gives; -i and -o ask "
                     "for its name"}));
}

TEST(Check, a_target_that_cannot_be_honoured_is_refused_with_the_reason) {
    EXPECT_EQ(messages(ruleset(TableId::mangle,
                               {chain(Hook::prerouting, Policy::accept,
                                      {rule().at(1).p(6).j(acl::TproxyTarget{}), rule().at(2).j(acl::LedTarget{}),
                                       rule().at(3).j(acl::NfqueueTarget{})})})),
              (Texts{"1: target TPROXY needs local programs, and none are connected to the router yet",
                     "2: target LED needs the kernel's lights, which a router in user space cannot reach",
                     "3: target NFQUEUE needs a local program that decides, and none are connected to the router "
                     "yet"}));
}

TEST(Check, loops_are_refused_wherever_they_are) {
    EXPECT_EQ(
        messages(ruleset(TableId::filter,
                         {chain(Hook::forward, Policy::accept, {rule().j("a")}), chain("a", {rule().j("b")}),
                          chain("b", {rule().at(7).j("a")}), chain("c", {rule().at(8).g("c")})})),
        (Texts{"7: chain 'a' jumps to itself through 'b'", "8: chain 'c' jumps to itself"}));
}

TEST(Check, one_chain_reached_by_two_ways_is_no_loop) {
    EXPECT_EQ(messages(ruleset(TableId::filter,
                               {chain(Hook::forward, Policy::accept, {rule().j("a"), rule().j("b")}),
                                chain("a", {rule().j("c")}), chain("b", {rule().j("c")}), chain("c", {})})),
              Texts{});
}

TEST(Check, nesting_beyond_the_stack_is_refused_without_recursion) {
    std::vector<acl::Chain<Ipv4>> chains = {chain(Hook::forward, Policy::accept, {rule().at(1).j("c0")})};
    for (int i = 0; i < 20000; ++i) {
        chains.push_back(
            chain(name(i), {rule().at(static_cast<std::uint32_t>(i) + 2).j((name(i + 1)).c_str())}));
    }
    chains.push_back(chain("c20000", {}));
    EXPECT_EQ(messages(ruleset(TableId::filter, chains)),
              Texts{"19873: jumps nest more than 128 deep from here"});
}

TEST(Check, gotos_do_not_nest) {
    std::vector<acl::Chain<Ipv4>> chains = {chain(Hook::forward, Policy::accept, {rule().j("c0")})};
    for (int i = 0; i < 1000; ++i) {
        chains.push_back(chain(name(i), {rule().g((name(i + 1)).c_str())}));
    }
    chains.push_back(chain("c1000", {}));
    EXPECT_EQ(messages(ruleset(TableId::filter, chains)), Texts{});
}

TEST(Check, targets_work_only_below_their_hooks) {
    EXPECT_EQ(
        messages(ruleset(TableId::nat, {chain(Hook::prerouting, Policy::accept, {rule().j("a")}),
                                        chain(Hook::postrouting, Policy::accept, {rule().j("a")}),
                                        chain("a", {rule().at(3).j(nat(NatTarget::Kind::dnat))}),
                                        chain("unused", {rule().at(4).j(nat(NatTarget::Kind::dnat))})})),
        (Texts{"3: target DNAT does not work in POSTROUTING, from where this chain is reached; it works in "
               "PREROUTING, OUTPUT"}));
    EXPECT_EQ(messages(ruleset(TableId::nat, {chain(Hook::prerouting, Policy::accept,
                                                    {rule().at(1).j(nat(NatTarget::Kind::masquerade)),
                                                     rule().at(2).j(nat(NatTarget::Kind::redirect))}),
                                              chain(Hook::input, Policy::accept,
                                                    {rule().at(3).j(nat(NatTarget::Kind::snat))})})),
              (Texts{"1: target MASQUERADE does not work in PREROUTING; it works in POSTROUTING"}));
    const NatTarget netmap = nat(NatTarget::Kind::netmap);
    EXPECT_EQ(messages(ruleset(TableId::nat, {chain(Hook::prerouting, Policy::accept, {rule().j("a")}),
                                              chain(Hook::input, Policy::accept, {rule().j("a")}),
                                              chain(Hook::output, Policy::accept, {rule().j("a")}),
                                              chain(Hook::postrouting, Policy::accept, {rule().j("a")}),
                                              chain("a", {rule().at(5).j(netmap)})})),
              Texts{});
    EXPECT_EQ(messages(ruleset(TableId::mangle, {chain(Hook::prerouting, Policy::accept, {rule().at(1).j(netmap)})})),
              (Texts{"1: target NETMAP works only in table nat, this is table mangle"}));
}

TEST(Check, what_stands_behind_an_unconditional_verdict_is_not_reached) {
    EXPECT_EQ(messages(ruleset(TableId::nat, {chain(Hook::postrouting, Policy::accept,
                                                    {rule().j(AcceptTarget{}), rule().j("a")}),
                                              chain("a", {rule().j(nat(NatTarget::Kind::dnat))})})),
              Texts{});
}

TEST(Check, a_table_has_only_its_own_hooks) {
    auto odd = chain(Hook::forward, Policy::accept, {});
    odd.where = {"rules", 9, 1};
    EXPECT_EQ(messages(ruleset(TableId::nat, {odd})), Texts{"9: table nat has no chain FORWARD"});
}

}  // namespace
}  // namespace sluice::test
