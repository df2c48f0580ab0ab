// SPDX-License-Identifier: BSD-3-Clause
//
// What iptables 1.8.9 prints and refuses, captured by `capture` beside this file from the installed tool.
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "acl/text/list.h"
#include "parsing.h"

namespace sluice::acl::text {
namespace {

std::string read_golden(const std::string& name) {
    std::ifstream file(std::string(SLUICE_GOLDEN_FOLDER) + "/" + name);
    EXPECT_TRUE(file.is_open()) << name;
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

/// A file of rules with the tables that it has.
struct Captured {
    std::string name;
    std::vector<TableId> tables;
};

std::vector<Captured> captured() {
    return {{"mixed", {TableId::filter, TableId::nat}},
            {"nat", {TableId::nat}},
            {"headers", {TableId::filter, TableId::nat}},
            {"fields", {TableId::filter}},
            {"strings", {TableId::filter}},
            {"marks", {TableId::mangle}},
            {"targets", {TableId::raw, TableId::mangle}},
            {"counting", {TableId::filter}},
            {"logs", {TableId::filter}},
            {"absent", {TableId::mangle}},
            {"sets", {TableId::filter, TableId::mangle}},
            {"elsewhere", {TableId::mangle, TableId::filter}},
            {"bytes", {TableId::mangle}},
            {"labels", {TableId::mangle}},
            {"programs", {TableId::mangle}},
            {"strangers", {TableId::mangle}},
            {"keyed", {TableId::filter}},
            {"tells", {TableId::raw, TableId::filter}},
            {"hours", {TableId::mangle}},
            {"rates", {TableId::mangle, TableId::filter}},
            {"tees", {TableId::raw, TableId::mangle}},
    };
}

Ruleset<V4> golden_rules(const std::string& name) {
    const auto ruleset = parse_save_file<V4>(read_golden(name + ".v4"), name + ".v4");
    EXPECT_TRUE(ruleset.has_value()) << faults_text(ruleset.error());
    return ruleset ? *ruleset : Ruleset<V4>{};
}

SaveStyle golden_style(bool counters) {
    SaveStyle style;
    style.counters = counters;
    style.generator = "iptables-save v1.8.9 (nf_tables)";
    style.date = "DATE";
    return style;
}

// OPS-5
TEST(Golden, save_prints_what_iptables_save_prints) {
    for (const Captured& file : captured()) {
        const Ruleset<V4> rules = golden_rules(file.name);
        EXPECT_EQ(save_ruleset(rules, golden_style(false), initial_counts(rules)),
                  read_golden(file.name + ".save"));
        EXPECT_EQ(save_ruleset(rules, golden_style(true), initial_counts(rules)),
                  read_golden(file.name + ".save-c"));
    }
}

TEST(Golden, rules_are_listed_as_iptables_S_lists_them) {
    for (const Captured& file : captured()) {
        const Ruleset<V4> rules = golden_rules(file.name);
        for (const TableId table : file.tables) {
            const std::string name =
                file.name + "." + std::string(kTableNames[static_cast<std::size_t>(table)]);
            EXPECT_EQ(list_rules(rules, {table, "", 0, false}, initial_counts(rules)).value(),
                      read_golden(name + ".S"));
            EXPECT_EQ(list_rules(rules, {table, "", 0, true}, initial_counts(rules)).value(),
                      read_golden(name + ".S-v"));
        }
    }
}

// HOOK-5
TEST(Golden, tables_are_listed_as_iptables_L_lists_them) {
    for (const Captured& file : captured()) {
        const Ruleset<V4> rules = golden_rules(file.name);
        const auto listed = [&](Listing listing) {
            return list_table(rules, listing, initial_counts(rules)).value();
        };
        for (const TableId table : file.tables) {
            const std::string name =
                file.name + "." + std::string(kTableNames[static_cast<std::size_t>(table)]);
            EXPECT_EQ(listed({.table = table, .chain = {}}), read_golden(name + ".L"));
            EXPECT_EQ(listed({.table = table, .chain = {}, .numeric = true}), read_golden(name + ".L-n"));
            EXPECT_EQ(listed({.table = table, .chain = {}, .verbose = true}), read_golden(name + ".L-v"));
            EXPECT_EQ(
                listed({.table = table, .chain = {}, .numeric = true, .verbose = true, .line_numbers = true}),
                read_golden(name + ".L-n-v-line"));
            EXPECT_EQ(listed({.table = table, .chain = {}, .numeric = true, .verbose = true, .exact = true}),
                      read_golden(name + ".L-n-v-x"));
        }
    }
}

/// Rules that iptables takes and we refuse on purpose, with the words of our refusal. docs/rules.md tells
/// why.
const std::map<std::string, std::string, std::less<>> kRefusedHere = {
    {"mangle -A FORWARD -j CLASSIFY --set-class 10000:1", "invalid class '10000:1'"},
    {"mangle -A PREROUTING -p tcp -j TPROXY --on-port 65536", "invalid port/service '65536'"},
    {"filter -A FORWARD -p tcp -j SYNPROXY --wscale 256", "invalid --wscale '256'"},
    {"filter -A FORWARD -p tcp -j SYNPROXY --wscale 300 --mss 70000", "invalid --wscale '300'"},
    {"mangle -A FORWARD -j RATEEST --rateest-name z --rateest-interval 100us --rateest-ewmalog 4000s", "out of range"},
    {"mangle -A FORWARD -j RATEEST --rateest-name abcdefghijklmnop --rateest-interval 1s --rateest-ewmalog 2s", "is too long"},
    {"mangle -A FORWARD -j RATEEST --rateest-name \"\" --rateest-interval 1s --rateest-ewmalog 2s", "an empty name"},
    {"mangle -A FORWARD -j TEE --gateway 10.0.0.1 --oif abcdefghijklmnop", "is too long"},
    {"mangle -A FORWARD -j TEE --gateway 1.2.3.4 --oif aaaaaaaaaaaaaaaaaaaaaaaa", "is too long"},
    {"filter -A FORWARD -j IDLETIMER --timeout 4 --label aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "is too long"},
    {"filter -A FORWARD -j IDLETIMER --timeout 4 --label \"a b\"", "no blanks"},
    {"mangle -A FORWARD -j HMARK --hmark-src-prefix 33 --hmark-mod 3 --hmark-rnd 1", "invalid --hmark-src-prefix"},
    {"filter -A FORWARD -m recent --rcheck --mask 24", "no netmask"},
    {"filter -A FORWARD -j NFLOG --nflog-prefix " + std::string(167, 'x'), "is too long"},
    {"filter -A FORWARD -m connlimit --connlimit-above 5 --connlimit-mask 33", "invalid mask '33'"},
    {"filter -A INPUT -p udp --dport 70000 -j ACCEPT", "invalid port/service '70000'"},
    {"filter -A INPUT -p udp --dport 2:1 -j ACCEPT", "invalid port range '2:1'"},
    {"filter -A INPUT -p udp --dport \"\" -j ACCEPT", "invalid port/service ''"},
    {"filter -A INPUT ! -p udp --dport 53 -j ACCEPT", "match 'udp' requires '-p udp'"},
    {"nat -A POSTROUTING -j SNAT --to-source 1.2.3.9-1.2.3.4", "runs backwards"},
    {"nat -A PREROUTING -p tcp -j DNAT --to-destination 1.2.3.4:80-90/8080x", "garbage after the base port"},
    {"nat -A PREROUTING -p tcp -j DNAT --to-destination 1.2.3.4:80-90/8080/1", "garbage after the base port"},
    {"nat -A PREROUTING -p tcp -j DNAT --to-destination 1.2.3.4:80-80/8080", "more than one port"},
    {"nat -A PREROUTING -j NETMAP --to 192.0.2.5/255.0.255.0", "invalid mask '255.0.255.0'"},
    {"nat -A PREROUTING -j NETMAP --to 192.0.2.5/33", "invalid mask '33'"},
    {"nat -A PREROUTING -j NETMAP --to localhost", "names are not looked up"},
    {"nat -A POSTROUTING -p tcp -j SNAT --to-source 1.2.3.4:80-90/8080", "is for DNAT only"},
    {"nat -A POSTROUTING -p tcp -j MASQUERADE --to-ports 80-90/8080", "is for DNAT only"},
    {"filter -A FORWARD ! -p tcp --syn", "match 'tcp' requires '-p tcp'"},
    {"filter -A FORWARD -p dccp --dport 9:8", "invalid port range '9:8'"},
    {"filter -A FORWARD -p dccp --dport 70000", "invalid port/service '70000'"},
    {"filter -A FORWARD -p dccp --dport \"\"", "invalid port/service ''"},
    {"filter -A FORWARD -m conntrack --ctrepldstport 65536", "invalid port/service or range '65536'"},
    {"filter -A FORWARD -m conntrack --ctrepldstport \"\"", "invalid port/service or range ''"},
    {"filter -A FORWARD -m conntrack --ctorigsrc 10.0.0.1/255.0.255.0", "invalid mask '255.0.255.0'"},
    {"filter -A FORWARD -m conntrack --ctorigsrc 10.0.0.1/8.0.0.0", "invalid mask '8.0.0.0'"},
    {"filter -A FORWARD -m conntrack --ctorigsrc 10.0.0.1/33", "invalid mask '33'"},
    {"filter -A FORWARD -m mac --mac-source \" 1:2:3:4:5:6\"", "invalid MAC address"},
    {"filter -A FORWARD -m helper --helper 012345678901234567890123456789", "is too long: at most 29 characters"},
    {"filter -A FORWARD -p tcp -m osf --genre 0123456789012345678901234567890123", "is too long: at most 31 characters"},
    {"mangle -A FORWARD -m bpf --bytecode \"1,6 0 0 0x10\"", "is not four decimal numbers"},
    {"mangle -A FORWARD -m bpf --bytecode \"1,6 256 0 1\"", "is not four decimal numbers"},
    {"mangle -A FORWARD -m bpf --bytecode \"1,65542 0 0 1\"", "is not four decimal numbers"},
    {"mangle -A FORWARD -m bpf --bytecode \"1,6 0 0 4294967296\"", "is not four decimal numbers"},
    {"mangle -A FORWARD -m bpf --bytecode \"1,6 0 0 -1\"", "is not four decimal numbers"},
    {"mangle -A FORWARD -m bpf --bytecode \"1,+6 0 0 1\"", "is not four decimal numbers"},
    {"mangle -A FORWARD -m bpf --bytecode \"1,6 0 0 1 5\"", "is not four decimal numbers"},
    {"mangle -A FORWARD -m bpf --bytecode \"1,6 0 0 1x\"", "is not four decimal numbers"},
    {"mangle -A FORWARD -m bpf --bytecode \"65537,6 0 0 1\"", "65537 instructions: there may be 1 to 64"},
    {"mangle -A FORWARD -m connlabel --label 65536", "unknown label"},
    {"mangle -A FORWARD -m connlabel --label 65541", "unknown label"},
    {"mangle -A FORWARD -m connlabel --label 4294967301", "unknown label"},
    {"mangle -A FORWARD -m connlabel --label \" 5\"", "unknown label"},
    {"mangle -A FORWARD -m connlabel --label +5", "unknown label"},
    {"mangle -A FORWARD -p sctp --chunk-types any I_DATA:UBEI", "chunk I_DATA has no flag 'U'"},
    {"mangle -A FORWARD -p sctp --chunk-types any I_DATA:IuBe", "chunk I_DATA has no flag 'I'"},
    {"filter -A FORWARD -m mac --mac-source +1:2:3:4:5:6", "invalid MAC address"},
};

/// Rules that become something else here, with what they become.
const std::map<std::string, std::string, std::less<>> kOtherHere = {
    {"filter -A INPUT -p tcp ! --sport 0:65535", "-A INPUT -p tcp -m tcp ! --sport 0:65535\n"},
    {"filter -A FORWARD -p tcp ! --tcp-flags NONE NONE",
     "-A FORWARD -p tcp -m tcp ! --tcp-flags NONE NONE\n"},
    {"filter -A FORWARD -p tcp --tcp-flags NONE SYN", "-A FORWARD -p tcp -m tcp --tcp-flags NONE SYN\n"},
    {"filter -A FORWARD -p tcp --syn -m tcp --dport 80",
     "-A FORWARD -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m tcp --dport 80\n"},
    {"filter -A FORWARD -p tcp ! --sport 0:65535 --syn",
     "-A FORWARD -p tcp -m tcp ! --sport 0:65535 --tcp-flags FIN,SYN,RST,ACK SYN\n"},
    {"filter -A FORWARD -p tcp ! --sport 0:65535 --tcp-option 3",
     "-A FORWARD -p tcp -m tcp ! --sport 0:65535 --tcp-option 3\n"},
    {"filter -A FORWARD -p tcp -m osf --genre \"a b\"", "-A FORWARD -p tcp -m osf --genre \"a b\"\n"},
    {"filter -A FORWARD -p tcp -m osf --genre \"\"", "-A FORWARD -p tcp -m osf --genre \"\"\n"},
    {"filter -A FORWARD -m connbytes --connbytes 0:0 --connbytes-dir reply --connbytes-mode packets",
     "-A FORWARD -m connbytes --connbytes 0:0 --connbytes-mode packets --connbytes-dir reply\n"},
    {"filter -A FORWARD -m connbytes ! --connbytes 0:0 --connbytes-dir both --connbytes-mode bytes",
     "-A FORWARD -m connbytes --connbytes 0:0 --connbytes-mode bytes --connbytes-dir both\n"},
    {"filter -A FORWARD -m time ! --weekdays Mon,Tue,Wed,Thu,Fri,Sat,Sun",
     "-A FORWARD -m time --weekdays \"\" --datestop 2038-01-19T03:14:07\n"},
    {"filter -A FORWARD -m time --weekdays \"\"",
     "-A FORWARD -m time --weekdays \"\" --datestop 2038-01-19T03:14:07\n"},
    {"filter -A FORWARD -m time --monthdays \"\"",
     "-A FORWARD -m time --monthdays \"\" --datestop 2038-01-19T03:14:07\n"},
    {"filter -A FORWARD -m time ! --monthdays "
     "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
     "-A FORWARD -m time --monthdays \"\" --datestop 2038-01-19T03:14:07\n"},
    {"filter -A FORWARD -m time --datestop 1970",
     "-A FORWARD -m time --datestop 1970-01-01T00:00:00\n"},
    {"filter -A FORWARD -p ah ! --ahspi 0:4294967295", "-A FORWARD -p ah -m ah ! --ahspi 0:4294967295\n"},
    {"filter -A FORWARD -p esp ! --espspi 0:4294967295",
     "-A FORWARD -p esp -m esp ! --espspi 0:4294967295\n"},
    {"filter -A FORWARD -p dccp --dccp-types \"\"", "-A FORWARD -p dccp -m dccp --dccp-types \"\"\n"},
};

/// One entry of verdicts.out.
struct Verdict {
    std::string line;
    bool taken = false;
    std::string rules;
};

std::vector<Verdict> golden_verdicts() {
    std::vector<Verdict> verdicts;
    std::istringstream text(read_golden("verdicts.out"));
    for (std::string line; std::getline(text, line);) {
        if (line == "+ taken") {
            verdicts.back().taken = true;
        } else if (line.starts_with("= ")) {
            verdicts.back().rules += line.substr(2) + "\n";
        } else if (line != "! refused") {
            verdicts.push_back({line, false, {}});
        }
    }
    return verdicts;
}

// OPS-1
TEST(Golden, what_iptables_takes_is_taken_and_what_it_refuses_is_refused) {
    const std::vector<Verdict> verdicts = golden_verdicts();
    ASSERT_GT(verdicts.size(), 200U);
    for (const Verdict& verdict : verdicts) {
        const std::size_t blank = verdict.line.find(' ');
        const auto ruleset =
            parse_save_file<V4>(fmt::format("*{}\n:known - [0:0]\n{}\nCOMMIT\n",
                                            verdict.line.substr(0, blank), verdict.line.substr(blank + 1)),
                                "verdicts");
        const std::string faults = ruleset ? "" : faults_text(ruleset.error());
        if (!verdict.taken) {
            EXPECT_FALSE(ruleset.has_value()) << verdict.line;
        } else if (const auto refused = kRefusedHere.find(verdict.line); refused != kRefusedHere.end()) {
            EXPECT_NE(faults.find(refused->second), std::string::npos) << verdict.line << '\n' << faults;
        } else if (!ruleset) {
            EXPECT_NE(faults.find("not built yet"), std::string::npos) << verdict.line << '\n' << faults;
        } else {
            const auto other = kOtherHere.find(verdict.line);
            std::string rules;
            std::istringstream saved(save_ruleset(*ruleset, {}, initial_counts(*ruleset)));
            for (std::string line; std::getline(saved, line);) {
                rules += line.starts_with("-A") ? line + "\n" : "";
            }
            EXPECT_EQ(rules, other == kOtherHere.end() ? verdict.rules : other->second) << verdict.line;
        }
    }
}

}  // namespace
}  // namespace sluice::acl::text
