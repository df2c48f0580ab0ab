// SPDX-License-Identifier: BSD-3-Clause
#include "checking.h"

namespace sluice::ctrlplane::config {
namespace {

/// A reader that knows one file only.
FileReader only(std::string wanted, std::string text) {
    return [wanted = std::move(wanted),
            text = std::move(text)](const std::string& path) -> base::Result<std::string> {
        return path == wanted ? base::Result<std::string>(text) : base::failure("cannot be read: not there");
    };
}

constexpr std::string_view kTables = R"([firewall.nat]
POSTROUTING = ["-s 10.0.0.0/24 -o wan -j MASQUERADE"]
[firewall.filter]
policy  = { FORWARD = "DROP", INPUT = "ACCEPT" }
proxy   = ["-d 10.0.0.0/8 -j RETURN",
           "-m comment --comment \"a \\ b\" -j ACCEPT", '-p tcp']
FORWARD = []
)";

// OPS-4: what a table is made of, in the order of the file.
TEST(Firewall, tables_hold_chains_and_rules_in_the_order_of_the_file) {
    const CheckedConfig config = sound(kTables);
    const Firewall& firewall = config.firewall();
    EXPECT_FALSE(firewall.rules);
    ASSERT_EQ(firewall.tables.size(), 2U);
    EXPECT_EQ(firewall.tables[0].name, "nat");
    const TableText& filter = firewall.tables[1];
    EXPECT_EQ(filter.name, "filter");
    ASSERT_EQ(filter.chains.size(), 2U);
    EXPECT_EQ(filter.chains[0].name, "proxy");
    EXPECT_EQ(filter.chains[0].where.line, 5U);
    EXPECT_EQ(filter.chains[1].name, "FORWARD");
    EXPECT_TRUE(filter.chains[1].rules.empty());
    ASSERT_EQ(filter.chains[0].rules.size(), 3U);
    EXPECT_EQ(filter.chains[0].rules[1].text, R"(-m comment --comment "a \ b" -j ACCEPT)");
}

TEST(Firewall, policies_keep_their_place) {
    const CheckedConfig config = sound(kTables);
    const auto& policies = config.firewall().tables[1].policies;
    ASSERT_EQ(policies.size(), 2U);
    EXPECT_EQ(policies[0].chain, "FORWARD");
    EXPECT_EQ(policies[0].target, "DROP");
    EXPECT_EQ(policies[0].where.line, 4U);
    EXPECT_EQ(policies[0].where.column, 23U);
}

// A fault inside a rule points at the word in the rule.
TEST(Firewall, a_byte_of_a_rule_is_found_in_the_file_behind_escapes_too) {
    const CheckedConfig config = sound(kTables);
    const auto& rules = config.firewall().tables[1].chains[0].rules;
    EXPECT_TRUE(rules[0].places.is_one_to_one());
    const base::Location jump = rules[0].places.at(rules[0].text.find("RETURN"));
    EXPECT_EQ(jump.file, "t.toml");
    EXPECT_EQ(jump.line, 5U);
    EXPECT_EQ(jump.column, 30U);
    EXPECT_FALSE(rules[1].places.is_one_to_one());
    const base::Location accept = rules[1].places.at(rules[1].text.find("ACCEPT"));
    EXPECT_EQ(accept.line, 6U);
    EXPECT_EQ(accept.column, 48U);
    EXPECT_EQ(rules[2].places.at(0).column, 58U);
}

TEST(Firewall, a_rules_file_is_read_from_the_folder_of_the_configuration) {
    const LoadedConfig loaded = check_config("[firewall]\nrules = \"rules.v4\"\n", "/etc/sluice/sluice.toml",
                                             only("/etc/sluice/rules.v4", "*filter\nCOMMIT\n"));
    ASSERT_TRUE(loaded.config);
    ASSERT_TRUE(loaded.config->firewall().rules);
    EXPECT_EQ(loaded.config->firewall().rules->path, "/etc/sluice/rules.v4");
    EXPECT_EQ(loaded.config->firewall().rules->text, "*filter\nCOMMIT\n");
    EXPECT_EQ(loaded.config->firewall().rules->where.column, 9U);
}

TEST(Firewall, a_rules_file_with_an_absolute_path_stays_where_it_is) {
    const LoadedConfig loaded = check_config("[firewall]\nrules = \"/r\"\n", "/etc/s.toml", only("/r", ""));
    ASSERT_TRUE(loaded.config);
    EXPECT_EQ(loaded.config->firewall().rules->path, "/r");
}

TEST(Firewall, a_rules_file_that_cannot_be_read_is_an_error_at_its_name) {
    EXPECT_EQ(
        said_about("[firewall]\nrules = \"gone.v4\"\n[[interface]]\nname = \"a\"\ndevice = \"net_null\""),
        std::vector<std::string>{
            "t.toml:2:9: error: the rules file \"gone.v4\" cannot be read: this test has no files"});
}

TEST(Firewall, a_table_stands_in_the_file_or_here_but_not_in_both) {
    const std::string text = "[firewall]\nrules = \"r\"\n[firewall.nat]\n[firewall.filter]\nINPUT = []\n";
    const auto said = said_about(text, only("r", "# by hand\n*filter\r\n:INPUT ACCEPT\nCOMMIT\n"));
    ASSERT_FALSE(said.empty());
    EXPECT_EQ(said[said.size() - 1],
              "t.toml:4:1: error: the table filter stands both here and in \"r\"; keep it in one place");
    EXPECT_EQ(sound(text, only("r", "*mangle\nCOMMIT\n")).firewall().tables.size(), 2U);
}

std::string first_error(std::string_view text) {
    const auto said = said_about(with_two_interfaces(text));
    return said.empty() ? "" : said.front();
}

TEST(Firewall, what_iptables_would_refuse_is_refused) {
    EXPECT_EQ(first_error("[firewall.nat]\npolicy = { PREROUTING = \"DROP\" }\n"),
              "t.toml:12:25: error: the nat table is not meant for filtering, so its policies cannot be "
              "\"DROP\"; use "
              "the filter table");
    EXPECT_EQ(first_error("[firewall.filter]\npolicy = { proxy = \"DROP\" }\n"),
              "t.toml:12:12: error: \"proxy\" has no policy: only the table's own chains have, INPUT, "
              "FORWARD, OUTPUT");
    EXPECT_EQ(first_error("[firewall.filter]\npolicy = { INPUT = \"REJECT\" }\n"),
              "t.toml:12:20: error: the policy of INPUT must be \"ACCEPT\" or \"DROP\", not \"REJECT\"");
    EXPECT_EQ(first_error("[firewall.filter]\nPREROUTING = []\n"),
              "t.toml:12:1: error: \"PREROUTING\" is no chain of the table filter; its own are INPUT, "
              "FORWARD, OUTPUT");
    EXPECT_EQ(
        first_error("[firewall.filter]\naaaaaaaaaabbbbbbbbbbccccccccc = []\n"),
        "t.toml:12:1: error: \"aaaaaaaaaabbbbbbbbbbccccccccc\" has 29 bytes; a chain's name has at most 28");
    EXPECT_EQ(first_error("[firewall.filter]\n\"a b\" = []\n"),
              "t.toml:12:1: error: \"a b\" has a blank or a control character in it");
    EXPECT_EQ(first_error("[firewall.filter]\n-x = []\n"),
              "t.toml:12:1: error: \"-x\" is no name for a chain; begin it with a letter");
}

TEST(Firewall, wrong_types_are_named) {
    EXPECT_EQ(first_error("[firewall.filter]\nINPUT = \"-j ACCEPT\"\n"),
              "t.toml:12:9: error: the chain \"INPUT\" must be a list of rules, each a string, not a string");
    EXPECT_EQ(first_error("[firewall.filter]\nINPUT = [\"-j ACCEPT\", 5]\n"),
              "t.toml:12:23: error: a rule must be a string, what follows `-A INPUT`, not an integer");
    EXPECT_EQ(first_error("[firewall.filter]\npolicy = \"DROP\"\n"),
              "t.toml:12:10: error: policy must be a table, such as { INPUT = \"ACCEPT\" }, not a string");
    EXPECT_EQ(first_error("[firewall]\nnat = 5\n"),
              "t.toml:12:1: error: nat must be a table, written [firewall.nat], not an integer");
}

}  // namespace
}  // namespace sluice::ctrlplane::config
