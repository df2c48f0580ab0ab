// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/history_cell.h"
#include "acl/matches/match_eval.h"
#include "acl/matches/limit.h"

namespace sluice::acl {

/// A token bucket as nft_limit and xt_limit have it, as one instant: when it will be full again. A packet puts that off by
/// its period, and holds if it does not lie further away than the burst.
template <>
struct Evaluate<LimitMatch> {
    static constexpr Depends depends = Depends::history;
    static constexpr std::uint8_t protocol = 0;

    /// What the cell holds before the first packet.
    static std::uint64_t initial(const LimitMatch&) noexcept { return 0; }

    template <net::Family F>
    [[nodiscard]] static Answer ask(const LimitMatch& match, HistoryCell& cell, const PacketView<F>& packet) noexcept {
        constexpr std::uint64_t kNsPerUnit = 100'000;
        const std::uint64_t cost = match.period * kNsPerUnit;
        const std::uint64_t most = cost * match.burst;
        bool holds = false;
        exchange(cell, [&](std::uint64_t full_at) {
            const std::uint64_t missing = full_at > packet.now_ns ? full_at - packet.now_ns : 0;
            holds = missing + cost <= most;
            return holds ? packet.now_ns + missing + cost : full_at;
        });
        return answer_of(holds);
    }
};

}  // namespace sluice::acl
