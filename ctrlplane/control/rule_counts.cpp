// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/rule_counts.h"

#include <algorithm>
#include <utility>

namespace sluice::ctrlplane::control {

namespace {

using Totals = std::vector<base::PacketCount>;

bool is_loaded(const acl::Ruleset<net::Ipv4>& ruleset, acl::TableId id, std::string_view chain) {
    const auto& table = ruleset.tables[static_cast<std::size_t>(id)];
    return table && std::any_of(table->chains.begin(), table->chains.end(),
                                [&](const acl::Chain<net::Ipv4>& one) { return one.name == chain; });
}

}  // namespace

acl::text::Counts counts_of(const acl::Ruleset<net::Ipv4>& ruleset, const acl::Program<net::Ipv4>& program,
                            Totals totals) {
    const auto shared = [&ruleset, &program, totals = std::move(totals)](
                            acl::TableId table, std::string_view chain, const std::size_t* rule) {
        if (!is_loaded(ruleset, table, chain)) {
            return base::PacketCount{};
        }
        const acl::RuleId id =
            rule == nullptr ? program.policy_id(table, chain) : program.rule_id(table, chain, *rule);
        return totals[static_cast<std::size_t>(id)];
    };
    acl::text::Counts counts;
    counts.policy = [shared](acl::TableId table, std::string_view chain) {
        return shared(table, chain, nullptr);
    };
    counts.rule = [shared](acl::TableId table, std::string_view chain, std::size_t index) {
        return shared(table, chain, &index);
    };
    return counts;
}

}  // namespace sluice::ctrlplane::control
