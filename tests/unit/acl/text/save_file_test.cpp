// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/save_file.h"

#include <gtest/gtest.h>

#include <random>

#include "parsing.h"

namespace sluice::acl::text {
namespace {

constexpr std::string_view kHead =
    "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n";

TEST(SaveFile, comments_blank_lines_and_a_missing_last_newline_are_taken) {
    EXPECT_EQ(loaded("# made by hand\n\n*filter\n\n# inside\n-A INPUT -j DROP\nCOMMIT"),
              std::string(kHead) + "[0:0] -A INPUT -j DROP\nCOMMIT\n");
    EXPECT_EQ(loaded(""), "");
}

TEST(SaveFile, chains_need_no_declaration_when_built_in_and_counters_are_kept) {
    EXPECT_EQ(loaded("*filter\n[3:180] -A INPUT -i lo -j ACCEPT\n-A INPUT -c 4 240 -j DROP\nCOMMIT\n"),
              std::string(kHead) + "[3:180] -A INPUT -i lo -j ACCEPT\n[4:240] -A INPUT -j DROP\nCOMMIT\n");
}

TEST(SaveFile, the_commands_of_iptables_restore_are_taken) {
    EXPECT_EQ(
        loaded("*filter\n-P FORWARD DROP\n-N u\n-A u -j RETURN\n-I u -j ACCEPT\n-I u 2 -s 1.1.1.1,2.2.2.2\n"
               "-6 -A u -s ::1\nCOMMIT\n"),
        "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:u - [0:0]\n"
        "[0:0] -A u -j ACCEPT\n[0:0] -A u -s 2.2.2.2/32\n[0:0] -A u -s 1.1.1.1/32\n[0:0] -A u -j RETURN\n"
        "COMMIT\n");
}

TEST(SaveFile, a_table_that_comes_again_starts_anew_and_keeps_its_policies) {
    EXPECT_EQ(
        loaded("*filter\n:INPUT DROP [1:2]\n:u - [0:0]\n-A INPUT -j u\nCOMMIT\n*filter\n-A INPUT -j ACCEPT\n"
               "COMMIT\n"),
        "*filter\n:INPUT DROP [1:2]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
        "[0:0] -A INPUT -j ACCEPT\nCOMMIT\n");
}

// OPS-1
TEST(SaveFile, all_faults_of_a_file_are_told_at_once_with_their_places) {
    EXPECT_EQ(
        loaded(
            "-A INPUT\n*fliter\n-A INPUT -j NOPE\nCOMMIT\n*filter\n:INPUT\n:FORWARD QUEUE [0:0]\n"
            ":x ACCEPT [0:0]\n:ACCEPT - [0:0]\n:y - [1-2]\n[1:2 -A INPUT\n[a:b] -A INPUT\n-A IMPUT -j DROP\n"
            "-D INPUT 1\nCOMMIT \n*nat\n-A POSTROUTING -j DROP\n"),
        "1:1: a line outside of a table: '*TABLE' is expected here\n"
        "2:2: unknown table 'fliter'; did you mean 'filter'?\n"
        "6:1: a chain is written ':CHAIN POLICY [PACKETS:BYTES]'; a user chain has '-' for a policy\n"
        "7:10: bad policy 'QUEUE': ACCEPT or DROP\n"
        "8:4: 'x' is not a built-in chain of this table: a user chain has '-' for a policy\n"
        "9:2: chain name 'ACCEPT' clashes with the target of that name\n"
        "10:6: bad counters '[1-2]': [PACKETS:BYTES]\n"
        "11:1: bad counters before a rule: [PACKETS:BYTES]\n"
        "12:1: bad counters before a rule: [PACKETS:BYTES]\n"
        "13:4: chain 'IMPUT' does not exist in table 'filter'; did you mean 'INPUT'?\n"
        "14:4: Index of deletion too big.\n"
        "15:1: COMMIT stands alone on its line\n"
        "17:19: the \"nat\" table is not intended for filtering, the use of DROP is therefore inhibited\n"
        "18:1: COMMIT expected at the end of the table\n");
}

// OPS-1
TEST(SaveFile, fifty_wrong_rules_give_fifty_messages) {
    std::string text = "*filter\n";
    for (int i = 0; i < 50; ++i) {
        text += fmt::format("-A FORWARD -s 10.0.0.{}/40 -j ACCEPT\n", i);
    }
    const auto ruleset = parse_save_file<V4>(text + "COMMIT\n", "rules.v4");
    ASSERT_FALSE(ruleset.has_value());
    EXPECT_EQ(ruleset.error().size(), 50U);
    EXPECT_EQ(ruleset.error().back().where.line, 51U);
    EXPECT_EQ(ruleset.error().back().where.column, 15U);
    EXPECT_EQ(ruleset.error().back().where.file, "rules.v4");
}

TEST(SaveFile, columns_count_the_counters_before_a_rule) {
    EXPECT_EQ(loaded("*filter\n[1:2] -A INPUT -j NOPE\nCOMMIT\n"),
              "2:19: 'NOPE' is neither a target nor a chain of table 'filter'\n");
    EXPECT_EQ(loaded("*filter\n[1:2] -A INPUT -p nope\nCOMMIT\n"),
              "2:19: unknown protocol 'nope': a number from 0 to 255 or a name of /etc/protocols\n");
}

TEST(SaveFile, carriage_returns_are_refused_once_with_the_remedy) {
    EXPECT_EQ(loaded("*filter\r\n-A INPUT -j DROP\r\nCOMMIT\r\n"),
              "1:8: the lines of this file end in CR LF: write it with LF alone (dos2unix)\n");
}

TEST(SaveFile, every_table_may_have_rules_and_policies) {
    const std::string file = "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n"
                             ":OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"
                             "[0:0] -A FORWARD -j MARK --set-xmark 0x1/0xffffffff\nCOMMIT\n";
    EXPECT_EQ(loaded(file), file);
}

// VER-2: what docs/rules.md lists as refused here and taken there, beyond the lines of verdicts.out.
TEST(SaveFile, what_could_not_be_restored_or_would_be_ignored_is_refused) {
    const auto fault_of = [](std::string_view line) {
        return loaded(fmt::format("*filter\n{}\nCOMMIT\n", line));
    };
    EXPECT_EQ(fault_of(fmt::format("-A INPUT -m comment --comment {}", std::string(256, 'c'))),
              "2:31: a comment has at most 255 bytes\n");
    EXPECT_EQ(fault_of(R"(-A INPUT -i "a b")"),
              "2:13: no interface can have the name 'a b': no blanks, no '/', no quotes\n");
    EXPECT_EQ(fault_of(R"(:a"b - [0:0])"), "2:2: invalid chain name 'a\"b': no blanks, no quotes\n");
    EXPECT_EQ(fault_of("-v -A INPUT"), "2:1: '-v' has no place in a rule\n");
    EXPECT_EQ(fault_of(":u DROP [0:0]"),
              "2:4: 'u' is not a built-in chain of this table: a user chain has '-' for a policy\n");
    EXPECT_EQ(loaded("*filter now\nCOMMIT\n"),
              "1:1: '*' and the name of a table are expected here, and nothing else\n");
}

/// Random bytes, and random lines made of the words of the language.
TEST(SaveFile, garbage_is_refused_without_a_crash) {
    constexpr unsigned kSeed = 20261121;
    std::mt19937 random(kSeed);
    static constexpr std::array<std::string_view, 44> kPieces = {
        "*filter\n",
        "*nat\n",
        "*raw\n",
        "COMMIT\n",
        "COMMIT",
        ":INPUT ",
        "ACCEPT ",
        "DROP ",
        "- ",
        "[0:0] ",
        "[",
        "]",
        "-A ",
        "INPUT ",
        "u ",
        "-N ",
        "-I ",
        "1 ",
        "-P ",
        "-s ",
        "1.2.3.4/8",
        ",",
        " ",
        "\n",
        "!",
        " ! ",
        "-p ",
        "tcp ",
        "-m ",
        "conntrack ",
        "--ctstate ",
        "NEW",
        "--dport ",
        ":",
        "80",
        "-j ",
        "DNAT ",
        "--to-destination ",
        "\"",
        "\\",
        "--",
        "icmp ",
        "--icmp-type ",
        "-",
    };
    for (int i = 0; i < 20'000; ++i) {
        std::string text = i % 2 == 0 ? "*filter\n" : "";
        for (auto n = random() % 40; n > 0; --n) {
            if (random() % 8 == 0) {
                text.push_back(static_cast<char>(random() & 0xffU));
            } else {
                text += kPieces[random() % kPieces.size()];
            }
        }
        const auto ruleset = parse_save_file<V4>(text, "garbage");
        EXPECT_TRUE(ruleset.has_value() || !ruleset.error().empty()) << text;
    }
}

}  // namespace
}  // namespace sluice::acl::text
