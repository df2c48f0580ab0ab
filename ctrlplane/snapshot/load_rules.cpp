// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/snapshot/load_rules.h"

#include <iterator>
#include <utility>

#include "acl/text/ruleset_text.h"
#include "acl/text/save_file.h"

namespace sluice::ctrlplane {

namespace {

/// The inline tables in the rule language's own terms.
std::vector<acl::text::TableText> inline_tables(const config::Firewall& firewall) {
    std::vector<acl::text::TableText> tables;
    for (const config::TableText& table : firewall.tables) {
        acl::text::TableText& text = tables.emplace_back();
        text.name = table.name;
        text.where = table.where;
        for (const config::PolicyText& policy : table.policies) {
            text.policies.push_back({policy.chain, policy.target, policy.where});
        }
        for (const config::ChainText& chain : table.chains) {
            acl::text::ChainText& own = text.chains.emplace_back();
            own.name = chain.name;
            own.where = chain.where;
            for (const config::RuleText& rule : chain.rules) {
                own.rules.push_back({rule.text, [places = rule.places](std::size_t at) { return places.at(at); }});
            }
        }
    }
    return tables;
}

void append(base::Diagnostics& to, base::Diagnostics from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

tl::expected<acl::Ruleset<net::Ipv4>, base::Diagnostics> load_rules(const config::CheckedConfig& config) {
    base::Diagnostics faults;
    acl::Ruleset<net::Ipv4> rules;
    if (const auto& file = config.firewall().rules) {
        auto parsed = acl::text::parse_save_file<net::Ipv4>(file->text, file->path);
        if (parsed) {
            rules = std::move(*parsed);
        } else {
            append(faults, std::move(parsed.error()));
        }
    }
    const std::vector<acl::text::TableText> tables = inline_tables(config.firewall());
    auto parsed = acl::text::parse_ruleset<net::Ipv4>(tables);
    if (!parsed) {
        append(faults, std::move(parsed.error()));
    }
    if (!faults.empty()) {
        return tl::unexpected<base::Diagnostics>(std::move(faults));
    }
    return acl::text::join(std::move(rules), std::move(*parsed));
}

}  // namespace sluice::ctrlplane
