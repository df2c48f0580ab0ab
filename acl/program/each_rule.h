// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>

#include "acl/ruleset.h"

namespace sluice::acl {

/// Calls `use` with every rule of a ruleset.
template <net::Family F, class Use>
void for_each_rule(const Ruleset<F>& rules, Use&& use) {
    for (const auto& table : rules.tables) {
        if (!table) {
            continue;
        }
        for (const Chain<F>& chain : table->chains) {
            for (const Rule<F>& rule : chain.rules) {
                use(rule);
            }
        }
    }
}

/// Calls `use` with every match of a ruleset.
template <net::Family F, class Use>
void for_each_match(const Ruleset<F>& rules, Use&& use) {
    for_each_rule(rules, [&](const Rule<F>& rule) { std::for_each(rule.matches.begin(), rule.matches.end(), use); });
}

}  // namespace sluice::acl
