// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <set>

#include "ctrlplane/config/checked_config.h"

namespace sluice::ctrlplane::config {

/// The cores that this process may run on.
[[nodiscard]] std::set<unsigned> usable_cores();

/// One diagnostic for each core of [runtime] that is not among `usable`. To `check` they are warnings, since
/// the file may be for another machine; to `run` they are errors. A spinning worker on the control thread's
/// core is a warning in both.
[[nodiscard]] base::Diagnostics core_faults(const CheckedConfig& config, const std::set<unsigned>& usable,
                                            base::Diagnostic::Severity severity);

}  // namespace sluice::ctrlplane::config
