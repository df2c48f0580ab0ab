// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/ruleset_text.h"

#include <gtest/gtest.h>

#include "parsing.h"

namespace sluice::acl::text {
namespace {

base::Location place(std::uint32_t line, std::uint32_t column = 1) {
    return {"sluice.toml", line, column};
}

RuleText rule(std::uint32_t line, std::string text) {
    return {std::move(text),
            [line](std::size_t offset) { return place(line, static_cast<std::uint32_t>(offset + 6)); }};
}

// OPS-4
TEST(RulesetText, inline_tables_become_what_the_file_becomes) {
    const std::array tables = {
        TableText{"nat",
                  place(1),
                  {},
                  {{"POSTROUTING", place(2), {rule(2, "-s 10.0.0.0/24 -o wan -j MASQUERADE")}}}},
        TableText{
            "filter",
            place(3),
            {{"INPUT", "DROP", place(4)}, {"FORWARD", "DROP", place(4)}},
            {{"FORWARD",
              place(5),
              {rule(5, "-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"), rule(6, "-i lan -j proxy")}},
             {"proxy", place(7), {rule(7, "-d 10.0.0.0/8 -j RETURN"), rule(8, "-j ACCEPT")}}}},
    };
    const auto ruleset = parse_ruleset<V4>(tables);
    ASSERT_TRUE(ruleset.has_value()) << faults_text(ruleset.error());
    EXPECT_EQ(save_ruleset(*ruleset, {}, initial_counts(*ruleset)),
              "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:proxy - [0:0]\n"
              "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A FORWARD -i lan -j proxy\n"
              "-A proxy -d 10.0.0.0/8 -j RETURN\n-A proxy -j ACCEPT\nCOMMIT\n"
              "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING "
              "ACCEPT [0:0]\n"
              "-A POSTROUTING -s 10.0.0.0/24 -o wan -j MASQUERADE\nCOMMIT\n");
}

// OPS-1
TEST(RulesetText, all_faults_are_told_at_once_with_their_places) {
    const std::array tables = {
        TableText{"natt", place(1), {}, {}},
        TableText{
            "mangle", place(2), {}, {{"FORWARD", place(3), {rule(3, "-j ACCEPT"), rule(4, "-j DROP")}}}},
        TableText{"filter",
                  place(5),
                  {{"INPUT", "REJECT", place(6, 10)}, {"IMPUT", "DROP", place(7, 10)}},
                  {{"REJECT", place(8), {}},
                   {"FORWARD", place(9), {rule(9, "-p tcp -j proxyy"), rule(10, "-m unclean"), rule(11, "-o")}},
                   {"proxy", place(12), {}}}},
    };
    const auto ruleset = parse_ruleset<V4>(tables);
    ASSERT_FALSE(ruleset.has_value());
    EXPECT_EQ(faults_text(ruleset.error()),
              "1:1: unknown table 'natt'; did you mean 'nat'?\n"
              "6:10: bad policy 'REJECT': ACCEPT or DROP\n"
              "7:10: chain 'IMPUT' does not exist in table 'filter'; did you mean 'INPUT'?\n"
              "8:1: chain name 'REJECT' clashes with the target of that name\n"
              "9:16: 'proxyy' is neither a target nor a chain of table 'filter'; did you mean 'proxy'?\n"
              "10:9: match 'unclean' is gone from Linux since 2.6\n"
              "11:6: option '-o' requires an argument\n");
}

TEST(RulesetText, a_file_and_inline_tables_join) {
    const auto file = parse_save_file<V4>("*filter\n-A INPUT -j DROP\nCOMMIT\n", "rules.v4");
    const std::array tables = {TableText{"nat", place(1), {}, {}}};
    const auto both = join(*file, *parse_ruleset<V4>(tables));
    EXPECT_TRUE(both.tables[static_cast<std::size_t>(TableId::filter)].has_value());
    EXPECT_TRUE(both.tables[static_cast<std::size_t>(TableId::nat)].has_value());
    EXPECT_FALSE(both.tables[static_cast<std::size_t>(TableId::raw)].has_value());
}

}  // namespace
}  // namespace sluice::acl::text
