// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>
#include <vector>

#include "acl/ruleset.h"
#include "acl/text/fault.h"

namespace sluice::acl::text {

/// A rule as a configuration has it: what follows `-A CHAIN`.
struct RuleText {
    std::string text;
    Locator at;  ///< where each byte of `text` stands
};

struct PolicyText {
    std::string chain;
    std::string policy;
    base::Location where;
};

struct ChainText {
    std::string name;
    base::Location where;
    std::vector<RuleText> rules;
};

/// `[firewall.TABLE]`; a chain that is not built in is a user chain.
struct TableText {
    std::string name;
    base::Location where;
    std::vector<PolicyText> policies;
    std::vector<ChainText> chains;  ///< in the order of the file
};

/// Errors: all faults of all rules, in the order of their places.
template <net::Family F>
[[nodiscard]] tl::expected<Ruleset<F>, base::Diagnostics> parse_ruleset(std::span<const TableText> tables);

/// The tables of both; where both have one, it is that of `over`.
template <net::Family F>
[[nodiscard]] Ruleset<F> join(Ruleset<F> under, Ruleset<F> over);

}  // namespace sluice::acl::text
