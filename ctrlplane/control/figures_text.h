// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "ctrlplane/control/method.h"

namespace sluice::ctrlplane::control {

/// The texts of `sluicectl status` and `sluicectl stats`, from the data of Figures.
[[nodiscard]] std::string status_text(const Json& status);
[[nodiscard]] std::string stats_text(const Json& stats);

}  // namespace sluice::ctrlplane::control
