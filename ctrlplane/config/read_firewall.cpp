// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/config/nearest.h"
#include "ctrlplane/config/sections.h"
#include "ctrlplane/config/table_reader.h"

namespace sluice::ctrlplane::config {

namespace {

constexpr std::size_t kLongestChainName = 28;  // XT_EXTENSION_MAXNAMELEN less its zero

/// A table with the chains that netfilter gives it.
struct BuiltInTable {
    std::string_view name;
    std::vector<std::string_view> chains;
};

const std::array<BuiltInTable, 5>& built_in_tables() {
    static const std::array<BuiltInTable, 5> kTables = {
        BuiltInTable{"raw", {"PREROUTING", "OUTPUT"}},
        BuiltInTable{"mangle", {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"}},
        BuiltInTable{"nat", {"PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"}},
        BuiltInTable{"filter", {"INPUT", "FORWARD", "OUTPUT"}},
        BuiltInTable{"security", {"INPUT", "FORWARD", "OUTPUT"}},
    };
    return kTables;
}

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// What iptables would say against a chain of this name; empty: nothing.
std::string chain_name_fault(std::string_view name, const BuiltInTable& table) {
    static constexpr std::array<std::string_view, 5> kHooks = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT",
                                                               "POSTROUTING"};
    if (is_one_of(name, kHooks) && !is_one_of(name, table.chains)) {
        return fmt::format("is no chain of the table {}; its own are {}", table.name,
                           joined(table.chains, ", "));
    }
    if (name.empty() || name.front() == '-' || name.front() == '!') {
        return "is no name for a chain; begin it with a letter";
    }
    if (name.size() > kLongestChainName) {
        return fmt::format("has {} bytes; a chain's name has at most {}", name.size(), kLongestChainName);
    }
    const bool unprintable = std::any_of(name.begin(), name.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= ' ' || byte == 0x7f;
    });
    return unprintable ? "has a blank or a control character in it" : "";
}

class FirewallTableReader {
public:
    FirewallTableReader(const BuiltInTable& built_in, const Value& section, Faults& faults)
        : built_in_(&built_in), section_(&section), faults_(&faults) {}

    TableText read() {
        TableText table{std::string(built_in_->name), faults_->location(section_->where), {}, {}};
        for (const Entry& entry : std::get<Table>(section_->data).entries) {
            if (entry.key == "policy") {
                read_policies(entry, table);
            } else {
                read_chain(entry, table);
            }
        }
        return table;
    }

private:
    void read_policies(const Entry& entry, TableText& table) {
        const auto* policies = std::get_if<Table>(&entry.value.data);
        if (policies == nullptr) {
            faults_->error(entry.value.where,
                           fmt::format("policy must be a table, such as {{ {} = \"ACCEPT\" }}, not {}",
                                       built_in_->chains.front(), kind_of(entry.value)));
            return;
        }
        for (const Entry& policy : policies->entries) {
            read_policy(policy, table);
        }
    }

    void read_policy(const Entry& policy, TableText& table) {
        if (!is_one_of(policy.key, built_in_->chains)) {
            faults_->error(policy.key_where,
                           fmt::format("{} has no policy: only the table's own chains have, {}",
                                       in_quotes(policy.key), joined(built_in_->chains, ", ")));
            return;
        }
        const auto* target = std::get_if<std::string>(&policy.value.data);
        if (target == nullptr || (*target != "ACCEPT" && *target != "DROP")) {
            faults_->error(
                policy.value.where,
                fmt::format("the policy of {} must be \"ACCEPT\" or \"DROP\", not {}", policy.key,
                            target == nullptr ? std::string(kind_of(policy.value)) : in_quotes(*target)));
            return;
        }
        if (*target == "DROP" && built_in_->name == "nat") {
            faults_->error(policy.value.where,
                           "the nat table is not meant for filtering, so its policies cannot be "
                           "\"DROP\"; use the filter table");
            return;
        }
        table.policies.push_back({policy.key, *target, faults_->location(policy.value.where)});
    }

    void read_chain(const Entry& entry, TableText& table) {
        if (const std::string fault = chain_name_fault(entry.key, *built_in_); !fault.empty()) {
            faults_->error(entry.key_where, fmt::format("{} {}", in_quotes(entry.key), fault));
        }
        const auto* rules = std::get_if<Array>(&entry.value.data);
        if (rules == nullptr) {
            faults_->error(entry.value.where,
                           fmt::format("the chain {} must be a list of rules, each a string, not {}",
                                       in_quotes(entry.key), kind_of(entry.value)));
            return;
        }
        ChainText chain{entry.key, faults_->location(entry.key_where), {}};
        for (const Value& rule : *rules) {
            if (const auto* text = std::get_if<std::string>(&rule.data)) {
                chain.rules.push_back({*text, faults_->source().places_of_string(rule.where, *text)});
            } else {
                faults_->error(rule.where,
                               fmt::format("a rule must be a string, what follows `-A {}`, not {}", entry.key,
                                           kind_of(rule)));
            }
        }
        table.chains.push_back(std::move(chain));
    }

    const BuiltInTable* built_in_;
    const Value* section_;
    Faults* faults_;
};

/// The tables that an iptables-save file has, each a line `*NAME`.
std::vector<std::string_view> tables_of_rules_file(std::string_view text) {
    std::vector<std::string_view> tables;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with('*')) {
            line.remove_prefix(1);
            tables.push_back(line.substr(0, line.find_first_of(" \t\r")));
        }
    }
    return tables;
}

void refuse_tables_twice(const Firewall& firewall, Faults& faults) {
    if (!firewall.rules) {
        return;
    }
    const auto in_file = tables_of_rules_file(firewall.rules->text);
    for (const TableText& table : firewall.tables) {
        if (is_one_of(table.name, in_file)) {
            faults.error(table.where,
                         fmt::format("the table {} stands both here and in {}; keep it in one place",
                                     table.name, in_quotes(firewall.rules->path)));
        }
    }
}

}  // namespace

Firewall read_firewall(const Value& section, Faults& faults, const FileReader& read_file) {
    TableReader reader(std::get<Table>(section.data), section.where, "[firewall]", faults);
    Firewall firewall;
    if (const auto rules = reader.text("rules")) {
        firewall.rules = read_named_file(*rules, "rules file", faults, read_file);
    }
    if (const auto sets = reader.text("sets")) {
        firewall.sets = read_named_file(*sets, "file of sets", faults, read_file);
    }
    reader.refuse("rules6", "IPv6 is not built yet");
    for (const BuiltInTable& table : built_in_tables()) {
        if (const Value* inside = reader.table(table.name, fmt::format("[firewall.{}]", table.name))) {
            firewall.tables.push_back(FirewallTableReader(table, *inside, faults).read());
        }
    }
    reader.finish();
    refuse_tables_twice(firewall, faults);
    return firewall;
}

}  // namespace sluice::ctrlplane::config
