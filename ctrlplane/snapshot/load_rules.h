// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <tl/expected.hpp>

#include "acl/ruleset.h"
#include "ctrlplane/config/checked_config.h"

namespace sluice::ctrlplane {

/// The ruleset of a configuration: that of the iptables-save file and that of the inline tables, together.
///
/// Errors: all faults of both, with their places.
[[nodiscard]] tl::expected<acl::Ruleset<net::Ipv4>, base::Diagnostics> load_rules(
    const config::CheckedConfig& config);

}  // namespace sluice::ctrlplane
