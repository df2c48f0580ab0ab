// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "parsing.h"

/// iptables-restore on a ruleset that is there (OPS-2), as iptables 1.8.9 does it.
namespace sluice::acl::text {
namespace {

constexpr std::string_view kLoaded =
    "*filter\n:INPUT DROP [0:0]\n:u - [0:0]\n-A INPUT -p udp -j u\n-A INPUT -p tcp -j ACCEPT\n-A u -j DROP\nCOMMIT\n"
    "*nat\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n";

/// What is loaded, with counters 100, 101, ... on INPUT's rules and 50 on its policy.
Ruleset<V4> loaded_ruleset() {
    Ruleset<V4> ruleset = parse_save_file<V4>(kLoaded, "rules.v4").value();
    Chain<V4>& input = ruleset.tables[static_cast<std::size_t>(TableId::filter)]->chains[0];
    std::uint32_t number = 100;
    for (Rule<V4>& rule : input.rules) {
        rule.counter = number++;
    }
    input.counter = 50;
    return ruleset;
}

/// The rules after the file, without their tables' frames: a counter that a rule goes on with is shown as `[N:0]`.
std::string restored(std::string_view file, const RestoreStyle& style) {
    auto done = restore(loaded_ruleset(), file, "-", style);
    if (!done) {
        std::string text = faults_text(done.error().faults);
        return done.error().failed.empty() ? text : "failed " + text;
    }
    Ruleset<V4>& ruleset = done->ruleset;
    for (auto& table : ruleset.tables) {
        if (table) {
            for (Chain<V4>& chain : table->chains) {
                chain.initial.packets = chain.counter ? *chain.counter : chain.initial.packets;
                for (Rule<V4>& rule : chain.rules) {
                    rule.initial.packets = rule.counter ? *rule.counter : rule.initial.packets;
                }
            }
        }
    }
    SaveStyle save;
    save.counters = true;
    std::string text;
    const std::string saved = save_ruleset(ruleset, save, initial_counts(ruleset));
    for (std::string_view rest = saved; !rest.empty();) {
        const std::size_t end = rest.find('\n') + 1;
        const std::string_view line = rest.substr(0, end);
        if (line.find("[0:0]\n") == std::string_view::npos && line != "COMMIT\n") {
            text += line;
        }
        rest.remove_prefix(end);
    }
    return done->text + text;
}

TEST(Restore, replaces_the_tables_of_the_file_and_no_other) {
    EXPECT_EQ(restored("*filter\n:INPUT DROP [7:8]\n-A INPUT -p tcp -j ACCEPT\n[3:4] -A INPUT -p icmp\nCOMMIT\n", {}),
              "*filter\n:INPUT DROP [50:0]\n[101:0] -A INPUT -p tcp -j ACCEPT\n[0:0] -A INPUT -p icmp\n"
              "*nat\n[0:0] -A POSTROUTING -j MASQUERADE\n");
}

TEST(Restore, takes_counters_with_c) {
    RestoreStyle style;
    style.counters = true;
    EXPECT_EQ(restored("*filter\n:INPUT DROP [7:8]\n-A INPUT -p tcp -j ACCEPT\n[3:4] -A INPUT -p icmp\nCOMMIT\n", style),
              "*filter\n:INPUT DROP [7:8]\n[0:0] -A INPUT -p tcp -j ACCEPT\n[3:4] -A INPUT -p icmp\n"
              "*nat\n[0:0] -A POSTROUTING -j MASQUERADE\n");
}

TEST(Restore, adds_with_n_and_begins_the_chains_that_it_names) {
    RestoreStyle style;
    style.flush = false;
    EXPECT_EQ(restored("*filter\n:u - [0:0]\n:v - [0:0]\n-I INPUT -j v\n-D INPUT -p tcp -j ACCEPT\n-P FORWARD DROP\n"
                       "-A u -j ACCEPT\nCOMMIT\n",
                       style),
              "*filter\n:INPUT DROP [50:0]\n[0:0] -A INPUT -j v\n[100:0] -A INPUT -p udp -j u\n[0:0] -A u -j ACCEPT\n"
              "*nat\n[0:0] -A POSTROUTING -j MASQUERADE\n");
}

TEST(Restore, passes_over_other_tables_with_T) {
    RestoreStyle style;
    style.table = TableId::nat;
    EXPECT_EQ(restored("*filter\n-A NOWHERE\nCOMMIT\n*nat\n-A PREROUTING -j ACCEPT\nCOMMIT\n", style),
              "*filter\n:INPUT DROP [50:0]\n[100:0] -A INPUT -p udp -j u\n[101:0] -A INPUT -p tcp -j ACCEPT\n"
              "[0:0] -A u -j DROP\n*nat\n[0:0] -A PREROUTING -j ACCEPT\n");
}

TEST(Restore, tells_with_v) {
    RestoreStyle style;
    style.verbose = true;
    style.table = TableId::filter;
    EXPECT_EQ(restored("*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j ACCEPT\nCOMMIT\n", style),
              "Flushing chain `INPUT'\nFlushing chain `FORWARD'\nFlushing chain `OUTPUT'\nFlushing chain `u'\n"
              "Deleting chain `u'\nACCEPT  all opt -- in * out *  0.0.0.0/0  -> 0.0.0.0/0  \n"
              "*filter\n[0:0] -A INPUT -j ACCEPT\n*nat\n[0:0] -A POSTROUTING -j MASQUERADE\n");
}

TEST(Restore, tells_what_cannot_be_done_from_what_is_badly_written) {
    RestoreStyle style;
    style.flush = false;
    EXPECT_EQ(restored("*filter\n-D INPUT -p 99\n-X u\n-N u\nCOMMIT\n", style),
              "failed 2:4: Bad rule (does a matching rule exist in that chain?).\n3:4: Directory not empty.\n"
              "4:4: chain 'u' already exists\n");
    EXPECT_EQ(restored("*filter\n-A INPUT --blah\nCOMMIT\n", style), "2:10: unknown option '--blah'\n");
    EXPECT_EQ(restored("*filter\n-A INPUT\n", style), "3:1: COMMIT expected at the end of the table\n");
}

}  // namespace
}  // namespace sluice::acl::text
