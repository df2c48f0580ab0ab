// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string_view>

namespace sluice::device {

/// Takes one line of DPDK's log. `priority` is syslog's, 0 (emergency) to 7 (debug); the line has no newline.
using LogSink = std::function<void(int priority, std::string_view line)>;

/// Sends what DPDK logs to `sink`, from now on and for the life of the process.
///
/// Threads: call it before any other thread runs. The sink is called by whichever thread logs, one line at a time.
void send_dpdk_log_to(LogSink sink);

}  // namespace sluice::device
