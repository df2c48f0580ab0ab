// SPDX-License-Identifier: BSD-3-Clause
#include "checking.h"
#include "dataplane/base/random.h"

namespace sluice::ctrlplane::config {
namespace {

TEST(Robustness, a_syntax_error_is_reported_where_it_is) {
    const auto said = said_about("[runtime]\nmemory = 1G\n");
    ASSERT_EQ(said.size(), 1U);
    EXPECT_TRUE(said[0].starts_with("t.toml:2:")) << said[0];
    EXPECT_NE(said[0].find("error: not valid TOML: "), std::string::npos) << said[0];
}

TEST(Robustness, bytes_that_are_no_text_are_an_error) {
    EXPECT_FALSE(check_config("\xff\xfe\xfd", "t.toml", no_files).config);
    EXPECT_FALSE(check_config("a = \"\xc3\"", "t.toml", no_files).config);
    EXPECT_FALSE(check_config(std::string_view("\0\0", 2), "t.toml", no_files).config);
}

TEST(Robustness, a_message_stays_on_one_line) {
    const auto said = said_about("\"a\\nb\\u0000\" = 1\n");
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0].find('\n'), std::string::npos);
    EXPECT_NE(said[0].find("unknown key \"a\\x0ab\\x00\""), std::string::npos) << said[0];
}

TEST(Robustness, endless_keys_lists_and_tables_do_not_exhaust_the_stack) {
    std::string dots = "a";
    for (int i = 0; i < 300'000; ++i) {
        dots += ".a";
    }
    EXPECT_EQ(said_about(dots + " = 1"),
              std::vector<std::string>{"t.toml:1:32: error: a key may have at most 15 dots"});
    EXPECT_FALSE(check_config("[" + dots + "]", "t.toml", no_files).config);
    EXPECT_FALSE(check_config("a = " + std::string(300'000, '['), "t.toml", no_files).config);
    std::string tables = "a = ";
    for (int i = 0; i < 100'000; ++i) {
        tables += "{a = ";
    }
    EXPECT_FALSE(check_config(tables, "t.toml", no_files).config);
}

TEST(Robustness, characters_outside_of_ascii_stand_in_strings_and_comments_only) {
    EXPECT_EQ(said_about("[runtime]\nm\u00e4in-core = 0\n"),
              std::vector<std::string>{
                  "t.toml:2:2: error: a character outside of ASCII can stand only in a string or a comment"});
    EXPECT_EQ(
        said_about("a = \"\"\"x \\\n  \u00e4\"\"\"\n"),
        std::vector<std::string>{
            "t.toml:2:3: error: the first character behind a backslash and blanks must be of ASCII here"});
    EXPECT_TRUE(
        check_config("# \u00e4\n[firewall.filter]\nINPUT = [\"-m comment --comment \u00e4 -j DROP\"]\n",
                     "t.toml", no_files)
            .config);
    const auto said = said_about("a = \"unclosed\nb = \u00e4\n");
    ASSERT_EQ(said.size(), 1U);
    EXPECT_TRUE(said[0].starts_with("t.toml:1:")) << said[0];
}

TEST(Robustness, dots_in_strings_and_comments_are_no_key) {
    const std::string dots(100, '.');
    EXPECT_TRUE(check_config("# " + dots + "\n[firewall.filter]\nINPUT = [\"" + dots + "\", '" + dots +
                                 "', \"\"\"\n" + dots + "\"\"\", '''" + dots + "''', \"\\\"" + dots + "\"]\n",
                             "t.toml", no_files)
                    .config);
}

TEST(Robustness, many_strings_in_one_line_take_no_quadratic_time) {
    std::string text = "[firewall.filter]\nINPUT = [";
    for (int i = 0; i < 50'000; ++i) {
        text += "\"-s 10.0.0.1 -j DROP\",";
    }
    const CheckedConfig config = sound(text + "]\n");
    const auto& rules = config.firewall().tables[0].chains[0].rules;
    ASSERT_EQ(rules.size(), 50'000U);
    EXPECT_EQ(rules[49'999].places.at(0).column, 11U + 49'999U * 22U);
}

/// A sound text with a few bytes changed, left out or doubled.
std::string mutated(std::string text, base::Random& random) {
    const std::uint32_t changes = 1 + random.below(8);
    for (std::uint32_t i = 0; i < changes && !text.empty(); ++i) {
        const std::size_t at = random.below(static_cast<std::uint32_t>(text.size()));
        switch (random.below(4)) {
            case 0:
                text[at] = static_cast<char>(random.below(256));
                break;
            case 1:
                text.erase(at, 1 + random.below(20));
                break;
            case 2:
                text.insert(
                    at, text.substr(random.below(static_cast<std::uint32_t>(text.size())), random.below(40)));
                break;
            default:
                text[at] = "[]{}\"'.=#\n\\0-"[random.below(13)];
        }
    }
    return text;
}

// ROB-1's kin for configurations: no bytes crash or hang the check, and what has no configuration has an
// error.
TEST(Robustness, thousands_of_spoilt_files_are_answered) {
    const std::string sound_text = with_two_interfaces(R"([[route]]
to = "0.0.0.0/0"
via = ["203.0.113.1", '203.0.113.3']
[[interface]]
name = "v"
vlan = 100
parent = "lan"
[sysctl]
"net.ipv4.conf.all.rp_filter" = 1
net.ipv4.ip_default_ttl = 0x40
[firewall]
rules = "r"
[firewall.filter]
policy = { INPUT = "DROP" }
INPUT = ["-m comment --comment \"\u00e4\" -j ACCEPT", """
-j \
  DROP"""]
)");
    base::Random random(20'240'607);
    for (int i = 0; i < 3000; ++i) {
        const LoadedConfig loaded = check_config(mutated(sound_text, random), "t.toml", no_files);
        EXPECT_EQ(loaded.config.has_value(), !has_error(loaded.diagnostics));
    }
}

}  // namespace
}  // namespace sluice::ctrlplane::config
