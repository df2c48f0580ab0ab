// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>

#include "acl/ruleset.h"
#include "conntrack/timeout_policy.h"

namespace sluice::acl::sets {
class SetBook;
}

namespace sluice::acl {

/// How deep jumps may nest: the stack of a walk. Legacy netfilter sizes its own at load; this is far beyond
/// use.
inline constexpr std::uint32_t kMaxDepth = 128;

/// What the kernel refuses when a ruleset is loaded (mark_source_chains and the checkentry of matches and
/// targets): jumps to chains that are not there or are built in, loops, nesting beyond the walk's stack, a
/// match without its
/// `-p`, a set that is not in `sets`, a timeout policy that is not in `timeouts` or not for its rule's protocol, a target in a table or below a hook where it does not work.
///
/// A user chain is judged by the hooks that reach it; one that nobody jumps to may hold anything its table
/// allows. Returns: all faults, in the order of their places; none: it can be compiled. Needs no DPDK. Cost:
/// rules times hooks; no recursion, whatever the nesting.
template <net::Family F>
[[nodiscard]] base::Diagnostics check(const Ruleset<F>& rules, const sets::SetBook* sets = nullptr,
                                      std::span<const conntrack::TimeoutPolicyName> timeouts = {});

}  // namespace sluice::acl
