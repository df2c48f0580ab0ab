// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>

#include "acl/ruleset.h"
#include "conntrack/timeout_policy.h"

namespace sluice::acl {

/// The timeout policies that rules name: each must be there, and for the protocol that the rule is for (xt_CT.c). Of a rule
/// that says `--notrack` too, nothing is asked.
template <net::Family F>
void check_timeouts(const Table<F>& table, std::span<const conntrack::TimeoutPolicyName> timeouts,
                    base::Diagnostics& faults);

}  // namespace sluice::acl
