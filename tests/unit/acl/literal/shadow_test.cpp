// SPDX-License-Identifier: BSD-3-Clause
#include "acl/literal/shadow.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "acl/text/save_file.h"

namespace sluice::acl::literal {
namespace {

using V4 = net::Ipv4;

/// The lines of the rules that never match, counted from the first rule; 0 between them.
std::string shadowed(const std::string& rules, const std::string& table = "filter") {
    const std::string file = fmt::format("*{}\n:u - [0:0]\n{}COMMIT\n", table, rules);
    std::string lines;
    for (const base::Diagnostic& one : shadowed_rules(text::parse_save_file<V4>(file, "rules.v4").value())) {
        lines += fmt::format("{}{}", lines.empty() ? "" : " ", one.where.line - 2);
    }
    return lines;
}

// OPS-1: `sluice check` warns about rules that can never match.
TEST(Shadow, a_rule_behind_one_that_asks_less_never_matches) {
    EXPECT_EQ(shadowed("-A FORWARD -s 10.0.0.0/8 -j ACCEPT\n-A FORWARD -s 10.1.0.0/16 -p tcp -j DROP\n"), "2");
    EXPECT_EQ(shadowed("-A FORWARD -j DROP\n-A FORWARD -s 10.1.0.0/16\n-A FORWARD ! -s 10.0.0.0/8 -j u\n"), "2 3");
    EXPECT_EQ(shadowed("-A FORWARD -i eth+ -j DROP\n-A FORWARD -i eth1 -o lan -j ACCEPT\n"), "2");
    EXPECT_EQ(shadowed("-A FORWARD ! -i eth0 -j DROP\n-A FORWARD ! -i eth0 -p udp -j ACCEPT\n"), "2");
    EXPECT_EQ(shadowed("-A FORWARD -g u\n-A FORWARD -p udp\n"), "2");
    EXPECT_EQ(shadowed("-A u -j RETURN\n-A u -j DROP\n"), "2");
    EXPECT_EQ(shadowed("-A FORWARD -p tcp -m tcp --dport 80 -j DROP\n"
                       "-A FORWARD -d 1.2.3.4 -p tcp -m tcp --dport 80 -m comment --comment x -j ACCEPT\n"),
              "2");
    EXPECT_EQ(shadowed("-A POSTROUTING -s 10.0.0.0/8 -j MASQUERADE\n-A POSTROUTING -s 10.0.0.1 -j SNAT --to 1.1.1.1\n",
                       "nat"),
              "2");
}

TEST(Shadow, there_is_no_false_alarm) {
    for (const char* rules : {
             "-A FORWARD -s 10.1.0.0/16 -j ACCEPT\n-A FORWARD -s 10.0.0.0/8 -j DROP\n",       // narrower
             "-A FORWARD -s 10.0.0.0/8\n-A FORWARD -s 10.0.0.0/8 -j DROP\n",                  // goes on
             "-A FORWARD -s 10.0.0.0/8 -j u\n-A FORWARD -s 10.0.0.0/8 -j DROP\n",             // comes back
             "-A FORWARD ! -s 10.0.0.0/8 -j DROP\n-A FORWARD -s 11.0.0.0/8 -j DROP\n",        // is not looked at
             "-A FORWARD -s 10.0.0.0/8 -j DROP\n-A FORWARD ! -s 10.0.0.0/8 -j DROP\n",
             "-A FORWARD -s 10.0.0.0/8 -j DROP\n-A FORWARD -j DROP\n",
             "-A FORWARD -p tcp -j DROP\n-A FORWARD ! -p tcp -j DROP\n",
             "-A FORWARD -p tcp -j DROP\n-A FORWARD -p udp -j DROP\n",
             "-A FORWARD -i eth1 -j DROP\n-A FORWARD -i eth+ -j DROP\n",
             "-A FORWARD -i eth+ -j DROP\n-A FORWARD ! -i eth1 -j DROP\n",
             "-A FORWARD ! -f -j DROP\n-A FORWARD -j DROP\n",
             "-A FORWARD -p udp -m udp --dport 53 -j DROP\n-A FORWARD -p udp -j DROP\n",
             "-A FORWARD -p udp -m udp --dport 53 -j DROP\n-A FORWARD -p udp -m udp --dport 54 -j DROP\n",
             // What the packet carries may change from one rule to the next.
             "-A FORWARD -m ttl --ttl-lt 5 -j DROP\n-A FORWARD -m ttl --ttl-lt 5 -j DROP\n",
             "-A FORWARD -m mark --mark 1 -j DROP\n-A FORWARD -m mark --mark 1 -j DROP\n",
             // Chains are chosen one by one.
             "-A FORWARD -j DROP\n-A INPUT -j DROP\n-A u -j DROP\n",
         }) {
        EXPECT_EQ(shadowed(rules), "") << rules;
    }
}

TEST(Shadow, the_warning_names_both_rules) {
    const std::string file = "*filter\n-A FORWARD -s 10.0.0.0/8 -j ACCEPT\n-A FORWARD -s 10.1.0.0/16 -j DROP\nCOMMIT\n";
    const auto warnings = shadowed_rules(text::parse_save_file<V4>(file, "rules.v4").value());
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_EQ(warnings[0].severity, base::Diagnostic::Severity::warning);
    EXPECT_EQ(warnings[0].message,
              "this rule never matches: rule 1 of chain FORWARD ('-A FORWARD -s 10.0.0.0/8 -j ACCEPT', line 2) takes all "
              "of its packets");
}

TEST(Shadow, a_hundred_thousand_rules_are_looked_through) {
    std::string rules;
    for (unsigned i = 0; i < 100'000; ++i) {
        rules += fmt::format("-A FORWARD -d 10.{}.{}.{}/32 -j RETURN\n", i >> 16U, i >> 8U & 255U, i & 255U);
    }
    EXPECT_EQ(shadowed(rules + "-A FORWARD -d 10.0.1.1 -j DROP\n"), "100001");
}

}  // namespace
}  // namespace sluice::acl::literal
