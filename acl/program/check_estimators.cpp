// SPDX-License-Identifier: BSD-3-Clause
#include "acl/program/check_estimators.h"

#include <fmt/core.h>

#include <map>
#include <string_view>

#include "acl/matches/rateest.h"
#include "acl/targets/rateest_target.h"

namespace sluice::acl {

namespace {

template <net::Family F, class Use>
void each_rule(const Ruleset<F>& rules, Use&& use) {
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

}  // namespace

template <net::Family F>
void check_estimators(const Ruleset<F>& rules, base::Diagnostics& faults) {
    const auto complain = [&](const base::Location& where, std::string text) {
        faults.push_back({base::Diagnostic::Severity::error, where, std::move(text)});
    };
    std::map<std::string_view, keyed::Estimator::Options> made;
    each_rule(rules, [&](const Rule<F>& rule) {
        const auto* target = get_if<RateestTarget>(&rule.target);
        if (target != nullptr &&
            made.try_emplace(target->name, target->options).first->second != target->options) {
            complain(rule.target_where.line != 0 ? rule.target_where : rule.where,
                     fmt::format("the estimator '{}' has another interval or ewmalog in a rule before",
                                 target->name));
        }
    });
    each_rule(rules, [&](const Rule<F>& rule) {
        for (const AnyMatch& match : rule.matches) {
            const auto* rate = get_if<RateestMatch>(&match);
            if (rate == nullptr) {
                continue;
            }
            for (const std::string* name : {&rate->first, &rate->second}) {
                if (!name->empty() && !made.contains(*name)) {
                    complain(
                        rule.where,
                        fmt::format("there is no estimator '{}': no rule makes it with -j RATEEST", *name));
                }
            }
        }
    });
}

template void check_estimators(const Ruleset<net::Ipv4>& rules, base::Diagnostics& faults);

}  // namespace sluice::acl
