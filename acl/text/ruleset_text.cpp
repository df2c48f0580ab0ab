// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/ruleset_text.h"

#include <algorithm>
#include <utility>

#include "acl/text/assembly.h"
#include "acl/text/check.h"
#include "acl/text/rule_parser.h"

namespace sluice::acl::text {

namespace {

void report(base::Diagnostics& faults, base::Location where, std::string message) {
    faults.push_back({base::Diagnostic::Severity::error, std::move(where), std::move(message)});
}

template <net::Family F>
void add_rules(Assembly<F>& assembly, TableId id, const ChainText& chain, base::Diagnostics& faults) {
    for (const RuleText& rule : chain.rules) {
        auto rules = parse_rule<F>(rule.text, id, chain.name, rule.at);
        if (!rules) {
            faults.push_back(diagnostic(rules.error(), rule.at));
        } else if (auto done = assembly.append(id, chain.name, std::move(*rules)); !done) {
            report(faults, chain.where, done.error());
        }
    }
}

template <net::Family F>
void add_table(Assembly<F>& assembly, const TableText& table, base::Diagnostics& faults) {
    const auto id = table_of_name(table.name);
    if (!id) {
        report(faults, table.where, why_no_table(table.name));
        return;
    }
    if (!assembly.has_table(*id)) {
        assembly.begin_table(*id);
    }
    std::vector<const ChainText*> sound;
    for (const ChainText& chain : table.chains) {
        if (!assembly.has_chain(*id, chain.name)) {
            if (auto done = assembly.add_chain(*id, chain.name, chain.where); !done) {
                report(faults, chain.where, done.error());
                continue;
            }
        }
        sound.push_back(&chain);
    }
    for (const PolicyText& policy : table.policies) {
        if (auto done = assembly.set_policy(*id, policy.chain, policy.policy, {}, policy.where); !done) {
            report(faults, policy.where, done.error());
        }
    }
    for (const ChainText* chain : sound) {
        add_rules(assembly, *id, *chain, faults);
    }
}

}  // namespace

template <net::Family F>
tl::expected<Ruleset<F>, base::Diagnostics> parse_ruleset(std::span<const TableText> tables) {
    Assembly<F> assembly;
    base::Diagnostics faults;
    for (const TableText& table : tables) {
        add_table(assembly, table, faults);
    }
    check_ruleset(assembly.ruleset(), faults);
    if (!faults.empty()) {
        std::stable_sort(
            faults.begin(), faults.end(), [](const base::Diagnostic& a, const base::Diagnostic& b) {
                return std::pair(a.where.line, a.where.column) < std::pair(b.where.line, b.where.column);
            });
        return tl::unexpected(std::move(faults));
    }
    return assembly.take();
}

template <net::Family F>
Ruleset<F> join(Ruleset<F> under, Ruleset<F> over) {
    for (std::size_t i = 0; i < kTables; ++i) {
        if (!over.tables[i]) {
            over.tables[i] = std::move(under.tables[i]);
        }
    }
    return over;
}

template tl::expected<Ruleset<net::Ipv4>, base::Diagnostics> parse_ruleset(std::span<const TableText>);
template Ruleset<net::Ipv4> join(Ruleset<net::Ipv4>, Ruleset<net::Ipv4>);

}  // namespace sluice::acl::text
