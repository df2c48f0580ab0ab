// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "acl/program/program.h"
#include "acl/text/counts.h"

namespace sluice::ctrlplane::control {

/// What the printers of rules ask for, from counters by RuleId. What is not loaded (the built-in chains of a
/// table that nobody defined are printed all the same) has counted nothing. In: `program`, compiled from
/// `ruleset`; both must live as long as the result.
[[nodiscard]] acl::text::Counts counts_of(const acl::Ruleset<net::Ipv4>& ruleset,
                                          const acl::Program<net::Ipv4>& program,
                                          std::vector<base::PacketCount> totals);

}  // namespace sluice::ctrlplane::control
