// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/list.h"

#include <gtest/gtest.h>

#include "parsing.h"

namespace sluice::acl::text {
namespace {

Ruleset<V4> small_rules() {
    return *parse_save_file<V4>(
        "*filter\n:u - [0:0]\n[1:2] -A INPUT -i lo -j ACCEPT\n[3:4] -A INPUT -j u\nCOMMIT\n", "rules.v4");
}

TEST(List, one_chain_or_one_rule_of_it_is_listed) {
    const Ruleset<V4> rules = small_rules();
    const Counts counts = initial_counts(rules);
    EXPECT_EQ(list_table(rules, {.chain = "u"}, counts).value(),
              "Chain u (1 references)\ntarget     prot opt source               destination         \n");
    EXPECT_EQ(list_table(rules, {.chain = "INPUT", .number = 2, .numeric = true}, counts).value(),
              "u          0    --  0.0.0.0/0            0.0.0.0/0           \n");
    EXPECT_EQ(list_table(rules, {.chain = "INPUT", .number = 9}, counts).value(), "");
    EXPECT_EQ(list_rules(rules, {TableId::filter, "INPUT", 2, true}, counts).value(),
              "-A INPUT -c 3 4 -j u\n");
    EXPECT_EQ(list_rules(rules, {TableId::filter, "u", 0, false}, counts).value(), "-N u\n");
}

TEST(List, an_unknown_chain_is_an_error) {
    const Ruleset<V4> rules = small_rules();
    const Counts counts = initial_counts(rules);
    EXPECT_EQ(list_table(rules, {.chain = "nope"}, counts).error(), "No chain/target/match by that name.");
    EXPECT_EQ(list_rules(rules, {TableId::filter, "nope", 0, false}, counts).error(),
              "No chain/target/match by that name.");
}

TEST(List, an_absent_table_has_its_built_in_chains) {
    const Ruleset<V4> rules;
    EXPECT_EQ(list_rules(rules, {TableId::nat, "", 0, false}, initial_counts(rules)).value(),
              "-P PREROUTING ACCEPT\n-P INPUT ACCEPT\n-P OUTPUT ACCEPT\n-P POSTROUTING ACCEPT\n");
    EXPECT_EQ(save_ruleset(rules, {}, initial_counts(rules)), "");
}

}  // namespace
}  // namespace sluice::acl::text
