// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/edit.h"

#include <gtest/gtest.h>

#include <vector>

#include "parsing.h"

/// The commands that change a ruleset (OPS-2): what comes of them, and how they are refused. The kernel judged each
/// of these cases (iptables 1.8.9, nf_tables), but for deleting a chain that is in use, whose words are the legacy
/// variant's.
namespace sluice::acl::text {
namespace {

/// A ruleset under a row of commands.
class Edited {
public:
    explicit Edited(std::string_view file) : assembly_(parse_save_file<V4>(file, "rules.v4").value()) {}

    /// What `-v` tells, or `STATUS: message`.
    std::string operator()(std::string_view line) {
        std::vector<Word> words = split_words(line).value();
        const auto table = table_of_name(table_word(words));
        const auto command = read_command(std::move(words), table.value());
        if (!command) {
            return fmt::format("2: {}", command.error().message);
        }
        auto done = apply_edit(assembly_, *table, *command, at_column);
        return done ? *done : fmt::format("{}: {}", done.error().is_usage ? 2 : 1, done.error().message);
    }
    /// A table as `-S` prints it, without the policies.
    std::string rules(TableId table = TableId::filter) {
        const std::string text =
            list_rules(assembly_.ruleset(), {table, "", 0, false}, initial_counts(assembly_.ruleset())).value();
        const std::size_t first = std::min(text.find("-N"), text.find("-A"));
        return first == std::string::npos ? "" : text.substr(first);
    }
    const Chain<V4>& chain(std::string_view name) { return *assembly_.chain(TableId::filter, name); }
    Chain<V4>& own(std::string_view name) { return *assembly_.chain(TableId::filter, name); }

private:
    Assembly<V4> assembly_;
};

TEST(Edit, rules_come_and_go) {
    Edited filter("*filter\n-A INPUT -s 10.0.0.1 -j DROP\n-A INPUT -s 10.0.0.2 -j DROP\nCOMMIT\n");
    EXPECT_EQ(filter("-A INPUT -p udp"), "");
    EXPECT_EQ(filter("-I INPUT -p tcp"), "");
    EXPECT_EQ(filter("-I INPUT 3 -s 1.1.1.1,2.2.2.2"), "");  // several end up in reverse order
    EXPECT_EQ(filter("-D INPUT 1"), "");
    EXPECT_EQ(filter("-D INPUT -s 10.0.0.2 -j DROP"), "");
    EXPECT_EQ(filter("-R INPUT 1 -s 10.0.0.9 -j ACCEPT"), "");
    EXPECT_EQ(filter.rules(),
              "-A INPUT -s 10.0.0.9/32 -j ACCEPT\n-A INPUT -s 2.2.2.2/32\n-A INPUT -s 1.1.1.1/32\n-A INPUT -p udp\n");
    EXPECT_EQ(filter("-F INPUT"), "");
    EXPECT_EQ(filter.rules(), "");
}

TEST(Edit, chains_come_and_go) {
    Edited filter("*filter\nCOMMIT\n");
    EXPECT_EQ(filter("-N a"), "");
    EXPECT_EQ(filter("-A INPUT -j a"), "");
    EXPECT_EQ(filter("-A INPUT -g a"), "");
    EXPECT_EQ(filter("-E a b"), "");
    EXPECT_EQ(filter.rules(), "-N b\n-A INPUT -j b\n-A INPUT -g b\n");
    EXPECT_EQ(filter("-X b"), "1: Too many links.");
    EXPECT_EQ(filter("-F INPUT"), "");
    EXPECT_EQ(filter("-A b -j DROP"), "");
    EXPECT_EQ(filter("-X b"), "1: Directory not empty.");
    EXPECT_EQ(filter("-X"), "1: Directory not empty.");
    EXPECT_EQ(filter("-F"), "");
    EXPECT_EQ(filter("-N c"), "");
    EXPECT_EQ(filter("-X"), "");
    EXPECT_EQ(filter.rules(), "");
}

TEST(Edit, what_cannot_be_done_changes_nothing) {
    Edited filter("*filter\n:u - [0:0]\n-A INPUT -s 10.0.0.1 -j u\nCOMMIT\n");
    for (const auto& [command, refusal] : std::vector<std::pair<std::string, std::string>>{
             {"-A none -j ACCEPT", "1: No chain/target/match by that name."},
             {"-I none -j ACCEPT", "1: No chain/target/match by that name."},
             {"-I INPUT 3 -j ACCEPT", "1: Index of insertion too big."},
             {"-I INPUT 0 -j ACCEPT", "2: invalid rule number '0'"},
             {"-D INPUT 2", "1: Index of deletion too big."},
             {"-D none 1", "1: No chain/target/match by that name."},
             {"-D INPUT x", "2: invalid rule number 'x'"},
             {"-D INPUT -j ACCEPT", "1: Bad rule (does a matching rule exist in that chain?)."},
             {"-D none -j ACCEPT", "1: Bad rule (does a matching rule exist in that chain?)."},
             {"-D INPUT -s 10.0.0.1,10.0.0.2 -j u", "1: Bad rule (does a matching rule exist in that chain?)."},
             {"-C INPUT -s 10.0.0.2 -j u", "1: Bad rule (does a matching rule exist in that chain?)."},
             {"-R INPUT 2 -j ACCEPT", "1: Index of replacement too big."},
             {"-R INPUT -j ACCEPT", "2: '-R' requires a rule number"},
             {"-R INPUT 1 -s 1.1.1.1,2.2.2.2", "2: Replacement rule does not specify a unique address"},
             {"-A INPUT -j none", "2: Chain 'none' does not exist"},
             {"-N u", "1: Chain already exists."},
             {"-N INPUT", "1: Chain already exists."},
             {"-N ACCEPT", "2: chain name 'ACCEPT' clashes with the target of that name"},
             {"-X none", "1: No chain/target/match by that name."},
             {"-X INPUT", "1: 'INPUT' is a built-in chain: it cannot be deleted."},
             {"-E none x", "1: No chain/target/match by that name."},
             {"-E u INPUT", "1: File exists."},
             {"-E u u", "1: File exists."},
             {"-E u", "2: '-E' requires the old and the new name of a chain"},
             {"-P none DROP", "1: Bad built-in chain name."},
             {"-P u DROP", "1: Bad built-in chain name."},
             {"-P INPUT REJECT", "1: Bad policy name. Run `dmesg' for more information."},
             {"-P INPUT", "2: '-P' requires a chain and a policy"},
             {"-F none", "1: No chain/target/match by that name."},
             {"-Z none", "1: No chain/target/match by that name."},
             {"-D INPUT 1 -j ACCEPT", "2: this has no place in a line that makes no rule"},
             {"-D INPUT -p udp -c 1 2", "2: counters have no place with this command"},
             {"-A INPUT -n", "2: '-n' has no place with this command"},
             {"-v", "2: no command specified"},
         }) {
        EXPECT_EQ(filter(command), refusal) << command;
    }
    EXPECT_EQ(filter.rules(), "-N u\n-A INPUT -s 10.0.0.1/32 -j u\n");
}

TEST(Edit, verbose_tells_what_is_done) {
    Edited filter("*filter\n:u - [0:0]\nCOMMIT\n");
    EXPECT_EQ(filter("-v -A INPUT -s 10.0.0.0/8 -p tcp --dport 80 -j ACCEPT"),
              "ACCEPT  tcp opt -- in * out *  10.0.0.0/8  -> 0.0.0.0/0   tcp dpt:80\n");
    EXPECT_EQ(filter("-vA INPUT ! -p tcp ! -s 1.2.3.4 -f -i eth0 ! -d 1.2.3.0/24 -g u"),
              "u !tcp opt -f in eth0 out * !1.2.3.4 !-> 1.2.3.0/24  [goto] \n");
    EXPECT_EQ(filter("-A INPUT -p 254 ! -f --verbose"), "  254 opt !f in * out *  0.0.0.0/0  -> 0.0.0.0/0  \n");
    EXPECT_EQ(filter("-v -Z"),
              "Zeroing chain `INPUT'\nZeroing chain `FORWARD'\nZeroing chain `OUTPUT'\nZeroing chain `u'\n");
    EXPECT_EQ(filter("-v -Z INPUT 1"), "");
    EXPECT_EQ(filter("-F u -v"), "Flushing chain `u'\n");
    EXPECT_EQ(filter("-F"), "");
    EXPECT_EQ(filter("-v -X"), "Deleting chain `u'\n");
}

TEST(Edit, the_table_may_stand_anywhere) {
    Edited rules("*filter\nCOMMIT\n");
    EXPECT_EQ(rules("-A POSTROUTING -j MASQUERADE -t nat"), "");
    EXPECT_EQ(rules("-t nat -A POSTROUTING -p udp"), "");
    EXPECT_EQ(rules("-w 5 -vt nat -A POSTROUTING -p tcp"), "  tcp opt -- in * out *  0.0.0.0/0  -> 0.0.0.0/0  \n");
    EXPECT_EQ(rules("--table=nat -w -D POSTROUTING 1"), "");
    EXPECT_EQ(rules.rules(TableId::nat), "-A POSTROUTING -p udp\n-A POSTROUTING -p tcp\n");
    EXPECT_EQ(rules.rules(), "");
}

TEST(Edit, a_counter_follows_its_rule_and_a_new_one_has_none) {
    Edited filter("*filter\n-A INPUT -p udp\n-A INPUT -p tcp\nCOMMIT\n");
    filter.own("INPUT").rules[0].counter = 7;
    filter.own("INPUT").rules[1].counter = 8;
    filter.own("INPUT").counter = 9;
    EXPECT_EQ(filter("-I INPUT -p udp -c 3 4"), "");
    const auto links = [&] {
        std::vector<int> found;
        for (const Rule<V4>& rule : filter.chain("INPUT").rules) {
            found.push_back(rule.counter ? static_cast<int>(*rule.counter) : -1);
        }
        return found;
    };
    EXPECT_EQ(links(), (std::vector<int>{-1, 7, 8}));
    EXPECT_EQ(filter.chain("INPUT").rules[0].initial, (base::PacketCount{3, 4}));
    EXPECT_EQ(filter("-Z INPUT 2"), "");
    EXPECT_EQ(links(), (std::vector<int>{-1, -1, 8}));
    EXPECT_EQ(filter("-D INPUT 1"), "");
    EXPECT_EQ(links(), (std::vector<int>{-1, 8}));
    EXPECT_EQ(filter.chain("INPUT").counter, 9U);
    EXPECT_EQ(filter("-P INPUT DROP"), "");
    EXPECT_EQ(filter.chain("INPUT").counter, std::nullopt);
    EXPECT_EQ(filter("-R INPUT 2 -p tcp"), "");
    EXPECT_EQ(links(), (std::vector<int>{-1, -1}));
}

}  // namespace
}  // namespace sluice::acl::text
