// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace sluice::ctrlplane {

/// `sluice check [--dump] [CONFIG]`: every fault, a line each on stderr, and status 1; or `ok` on stdout and 0.
/// With `dump` a sound ruleset is printed as iptables-save would, instead of `ok`. Needs no root, DPDK or device.
int check_command(const std::string& config, bool dump);

}  // namespace sluice::ctrlplane
