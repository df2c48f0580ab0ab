// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/ruleset.h"
#include "dataplane/base/result.h"

namespace sluice::acl {

/// The estimators of a ruleset: rules with RATEEST that name the same one must agree about it, and one that
/// `-m rateest` asks must be made by some rule, in whatever table.
template <net::Family F>
void check_estimators(const Ruleset<F>& rules, base::Diagnostics& faults);

}  // namespace sluice::acl
