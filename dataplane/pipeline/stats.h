// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <vector>

#include "acl/tables.h"
#include "dataplane/base/counter.h"
#include "dataplane/base/ids.h"
#include "dataplane/packet/verdict.h"

namespace sluice::pipeline {

/// One interface as one worker counts it. Bytes are of the IP packet, L2 not counted.
struct InterfaceStats {
    base::PacketCounter received;
    base::PacketCounter sent;
};

/// A worker's counters. Writer: the worker. Readers: anyone, at any time, without stopping it.
struct WorkerStats {
    std::array<base::Counter, packet::kVerdicts> verdicts;  ///< by packet::Verdict; drops and what was dealt with
    std::vector<InterfaceStats> interfaces;                 ///< by InterfaceId
    std::array<base::PacketCounter, acl::kHooks> hooks;     ///< packets that came to a hook on the long way
    base::Counter short_way;                                ///< packets that followed a remembered path
    base::Counter long_way;                                 ///< packets that went through the rules
    base::Counter invalid_l4;          ///< L4 header or length that conntrack calls INVALID
    base::Counter local_made;          ///< packets that the router made itself
    base::Counter answers_limited;     ///< ICMP errors not sent because of a rate limit
    base::Counter answers_suppressed;  ///< ICMP errors not sent because of RFC 1812, 4.3.2.7
    base::Counter requests_lost;       ///< messages to the control thread that found the ring full
    base::Counter log_lost;            ///< records of LOG that found the ring full
    base::Counter copies_sent;         ///< copies of packets by TEE that had a way out
    base::Counter copies_lost;         ///< those that found no packet memory
    base::Counter polls;
    base::Counter idle_polls;
    base::Counter busy_cycles;         ///< TSC cycles in polls that moved packets

    explicit WorkerStats(std::size_t interface_count) : interfaces(interface_count) {}
};

}  // namespace sluice::pipeline
