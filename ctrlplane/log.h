// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

namespace sluice::ctrlplane {

/// Sets up our log: stderr, one line a message, with journald's level before it (`<6>text`, sd-daemon(3)); on a
/// terminal without. DPDK's log joins it.
///
/// Threads: the control thread, before any other runs. Afterwards spdlog's functions log from any thread.
void start_log();

/// What LOG tells of a packet: a line at a level of syslog(3), 0 to 7, whatever levels our own log leaves out.
void log_packet(unsigned level, std::string_view line);

/// A line on stderr that is not a log message but part of the promise: `ready`.
void say(std::string_view line);

}  // namespace sluice::ctrlplane
