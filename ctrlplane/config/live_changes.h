// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "ctrlplane/config/checked_config.h"

namespace sluice::ctrlplane::config {

/// What `next` would change that a running router cannot: one sentence each, none when `next` may be applied.
///
/// Fixed while running: [runtime]; the interfaces with their order, devices, MAC addresses, MTUs, queues and
/// VLANs; nf_conntrack_max. Everything else (addresses, routes, neighbours, the other sysctls, rules) changes
/// live.
[[nodiscard]] std::vector<std::string> live_changes_refused(const CheckedConfig& running,
                                                            const CheckedConfig& next);

}  // namespace sluice::ctrlplane::config
