// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "acl/text/rule_reader.h"
#include "ctrlplane/control/method.h"
#include "ctrlplane/control/router_view.h"

namespace sluice::ctrlplane::control {

/// Carries one command of iptables out on the live ruleset and loads what comes of it; `-C` loads nothing.
///
/// Returns: what `-v` tells. Errors: a refusal with the words and the status of iptables; nothing is changed then.
/// Cost: that of compiling the ruleset; measured with 10,000 rules in docs/operations.md.
[[nodiscard]] tl::expected<std::string, Refusal> carry_out(const RouterView& view, acl::TableId table,
                                                           const acl::text::RuleDraft& command);

}  // namespace sluice::ctrlplane::control
