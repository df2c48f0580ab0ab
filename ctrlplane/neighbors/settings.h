// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice::ctrlplane {

/// net.ipv4.neigh.*, with the kernel's names, units and defaults (ip-sysctl.rst).
struct NeighborSettings {
    std::uint32_t base_reachable_time_ms = 30'000;  ///< mean of the time that a confirmation counts
    std::uint32_t retrans_time_ms = 1'000;          ///< between questions
    std::uint32_t delay_first_probe_time_s = 5;     ///< from the use of a stale entry to the first probe
    std::uint32_t gc_stale_time_s = 60;             ///< unused for so long, an entry may be removed
    std::uint32_t mcast_solicit = 3;                ///< questions to all, for an unknown neighbour
    std::uint32_t ucast_solicit = 3;                ///< questions to a known one, before it counts as gone
    std::uint32_t locktime_ms = 1'000;              ///< a MAC younger than this is not replaced
    std::uint32_t gc_thresh1 = 128;                 ///< fewer entries than this are left alone
    std::uint32_t gc_thresh2 = 512;                 ///< more are trimmed, every 5 s at most
    std::uint32_t gc_thresh3 = 1024;                ///< there are never more
};

}  // namespace sluice::ctrlplane
