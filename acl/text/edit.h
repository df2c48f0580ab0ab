// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "acl/ruleset.h"
#include "acl/text/assembly.h"
#include "acl/text/fault.h"
#include "acl/text/rule_reader.h"

/// The commands of iptables(8) that change a ruleset: `-A -I -D -R -C -N -X -P -F -Z -E`, one at a time, with the
/// kernel's rules about what may be done.
///
/// They work on a copy of what is loaded, in which every rule is linked to its counter (`Rule::counter`); nothing
/// happens to packets until the whole copy is loaded, at one instant. So a file of commands is as atomic as one.
///
/// Example: `-R INPUT 2 -p udp` makes a rule without a link: it begins at 0, and all others go on.
namespace sluice::acl::text {

/// Why a command is refused.
struct EditFault {
    std::string message;    ///< as iptables 1.8.9 says it, where it has words for it
    std::size_t begin = 0;  ///< offset of the word in question
    bool is_usage = false;  ///< iptables' status 2, not 1: it can be seen from the words alone
};

/// Carries one command out. Returns: the rules that `-v` shows, a line each, where the command has `-v`; else
/// nothing. Errors: nothing is changed then.
template <net::Family F>
[[nodiscard]] tl::expected<std::string, EditFault> apply_edit(Assembly<F>& assembly, TableId table,
                                                              const RuleDraft& command, const Locator& at);

/// How `iptables -v -A` shows a rule: `ACCEPT  tcp opt -- in * out *  10.0.0.0/8  -> 0.0.0.0/0   tcp dpt:80`.
template <net::Family F>
[[nodiscard]] std::string verbose_text(const Rule<F>& rule);

}  // namespace sluice::acl::text
