// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>
#include <vector>

#include "acl/text/rule_reader.h"

namespace sluice::acl::text {

/// The rules that a line makes: one for each pair of a source and a destination, as iptables does with lists.
/// `chain` is the chain they are for; what cannot stand in it (`-o` in INPUT) is a fault.
template <net::Family F>
[[nodiscard]] Expected<std::vector<Rule<F>>> make_rules(const RuleDraft& draft, std::string_view chain,
                                                        const Locator& at);

/// What follows `-A CHAIN`, as TOML has it.
template <net::Family F>
[[nodiscard]] Expected<std::vector<Rule<F>>> parse_rule(std::string_view text, TableId table,
                                                        std::string_view chain, const Locator& at);

}  // namespace sluice::acl::text
