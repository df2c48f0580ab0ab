// SPDX-License-Identifier: BSD-3-Clause
#include "acl/program/check_sets.h"

#include <fmt/core.h>

#include <concepts>
#include <string>

#include "acl/matches/set.h"
#include "acl/targets/set_target.h"

namespace sluice::acl {

namespace {

/// What is wrong with the name of a set; empty: nothing.
template <net::Family F>
std::string fault_of(const std::string& name, const sets::SetBook* sets) {
    const auto* set = sets == nullptr ? nullptr : sets->find(name);
    if (set == nullptr) {
        return fmt::format("Set {} doesn't exist.", name);
    }
    if (set->options.ipv6 && std::same_as<F, net::Ipv4>) {
        return fmt::format("The protocol family of set {} is IPv6, which is not applicable.", name);
    }
    return {};
}

}  // namespace

template <net::Family F>
void check_sets(const Table<F>& table, const sets::SetBook* sets, base::Diagnostics& faults) {
    const auto complain = [&](const base::Location& where, std::string text) {
        if (!text.empty()) {
            faults.push_back({base::Diagnostic::Severity::error, where, std::move(text)});
        }
    };
    for (const Chain<F>& chain : table.chains) {
        for (const Rule<F>& rule : chain.rules) {
            for (const AnyMatch& match : rule.matches) {
                if (const auto* set = get_if<SetMatch>(&match)) {
                    complain(rule.where, fault_of<F>(set->name, sets));
                }
            }
            const auto* target = get_if<SetTarget>(&rule.target);
            if (target == nullptr) {
                continue;
            }
            const base::Location& where = rule.target_where.line != 0 ? rule.target_where : rule.where;
            for (const SetTargetUse* use : {&target->add, &target->del, &target->map}) {
                complain(where, use->name.empty() ? "" : fault_of<F>(use->name, sets));
            }
            if (!target->map.name.empty() && table.id != TableId::mangle) {
                complain(where, fmt::format("--map-set works only in table mangle, this is table {}",
                                            kTableNames[static_cast<std::size_t>(table.id)]));
            }
        }
    }
}

template void check_sets(const Table<net::Ipv4>& table, const sets::SetBook* sets, base::Diagnostics& faults);

}  // namespace sluice::acl
