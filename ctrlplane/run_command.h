// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace sluice::ctrlplane {

/// `sluice run [CONFIG]`: the router, in the foreground until SIGTERM or SIGINT.
///
/// SIGHUP reloads. `ready` on stderr and READY=1 to systemd when packets flow. Status 0 after a clean end, 1 when it
/// could not begin.
int run_command(const std::string& config);

}  // namespace sluice::ctrlplane
