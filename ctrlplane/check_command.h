// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace sluice::ctrlplane {

struct CheckOptions {
    bool dump = false;    ///< prints the ruleset as iptables-save would, instead of `ok`
    std::string explain;  ///< a packet to be explained instead; empty: none
};

/// `sluice check [--dump] [--explain PACKET] [CONFIG]`: every fault, a line each on stderr, and status 1; or `ok` on
/// stdout and 0. Rules that can be read but not loaded are printed by `--dump` too, behind the reasons why they are
/// refused. Warns about rules that never match. Needs no root, DPDK or device.
int check_command(const std::string& config, const CheckOptions& options);

}  // namespace sluice::ctrlplane
