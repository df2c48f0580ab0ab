// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/ruleset.h"

namespace sluice::acl::literal {

/// Warnings about rules that can never match: an earlier rule of the chain asks for less, or the same, and lets
/// nothing go on to the later one. The place is the later rule's; the message names the earlier one.
///
/// Example: `-s 10.0.0.0/8 -j ACCEPT` before `-s 10.1.0.0/16 -p tcp -j DROP`.
///
/// No false alarms: a rule shadows only by its standard part and by matches whose answer nothing changes between two
/// rules, and which the later rule has too, word for word. What several rules take together is not seen. Cost: near
/// the number of rules; bounded by kMostComparisons, beyond which it stops looking.
template <net::Family F>
[[nodiscard]] base::Diagnostics shadowed_rules(const Ruleset<F>& rules);

}  // namespace sluice::acl::literal
