// SPDX-License-Identifier: BSD-3-Clause
#include "acl/program/check_timeouts.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>

#include "acl/targets/ct.h"

namespace sluice::acl {

namespace {

/// What is wrong with the policy of a rule; empty: nothing.
template <net::Family F>
std::string fault_of(const Rule<F>& rule, const std::string& name,
                     std::span<const conntrack::TimeoutPolicyName> timeouts) {
    if (rule.protocol.number == 0 || rule.protocol.inverted) {
        return "CT --timeout works only with `-p` and one protocol";
    }
    const auto found = std::find_if(timeouts.begin(), timeouts.end(), [&](const auto& one) { return one.name == name; });
    if (found == timeouts.end()) {
        return fmt::format("there is no timeout policy '{0}': [conntrack.timeout.{0}] makes one", name);
    }
    if (conntrack::timeout_protocol_of(rule.protocol.number).number == found->protocol) {
        return {};
    }
    const std::string_view protocol = conntrack::timeout_protocol_of(found->protocol).name;
    return found->protocol == conntrack::kGenericProtocol
               ? fmt::format("timeout policy '{}' is for protocols that have none of their own", name)
               : fmt::format("timeout policy '{}' works only with `-p {}`", name, protocol);
}

}  // namespace

template <net::Family F>
void check_timeouts(const Table<F>& table, std::span<const conntrack::TimeoutPolicyName> timeouts,
                    base::Diagnostics& faults) {
    for (const Chain<F>& chain : table.chains) {
        for (const Rule<F>& rule : chain.rules) {
            const auto* target = get_if<CtTarget>(&rule.target);
            if (target == nullptr || target->timeout.empty() || target->notrack) {
                continue;
            }
            if (std::string why = fault_of(rule, target->timeout, timeouts); !why.empty()) {
                const base::Location& where = rule.target_where.line != 0 ? rule.target_where : rule.where;
                faults.push_back({base::Diagnostic::Severity::error, where, std::move(why)});
            }
        }
    }
}

template void check_timeouts(const Table<net::Ipv4>& table, std::span<const conntrack::TimeoutPolicyName> timeouts,
                             base::Diagnostics& faults);

}  // namespace sluice::acl
