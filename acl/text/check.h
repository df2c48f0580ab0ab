// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/ruleset.h"

namespace sluice::acl::text {

/// What can only be asked of a whole ruleset, with the place of the word after `-j`: a jump to a chain that
/// is not there or is built in, a chain that jumps to itself through others (where packets can get at all, as
/// the kernel asks), and a target that a built-in chain reaches which may not have it. Faults are added to
/// `faults`.
///
/// Cost: in proportion to the rules; no recursion, so no depth of jumps is too much.
template <net::Family F>
void check_ruleset(const Ruleset<F>& ruleset, base::Diagnostics& faults);

}  // namespace sluice::acl::text
