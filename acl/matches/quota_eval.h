// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/history_cell.h"
#include "acl/matches/match_eval.h"
#include "acl/matches/quota.h"

namespace sluice::acl {

/// The cell holds the bytes that are left. See: xt_quota.c.
template <>
struct Evaluate<QuotaMatch> {
    static constexpr Depends depends = Depends::history;
    static constexpr std::uint8_t protocol = 0;

    /// What the cell holds before the first packet.
    static std::uint64_t initial(const QuotaMatch& match) noexcept { return match.bytes; }

    template <net::Family F>
    [[nodiscard]] static Answer ask(const QuotaMatch& match, HistoryCell& cell, const PacketView<F>& packet) noexcept {
        const std::uint64_t before = exchange(
            cell, [&](std::uint64_t left) { return left >= packet.bytes ? left - packet.bytes : 0; });
        return answer_of((before >= packet.bytes) != match.inverted);
    }
};

}  // namespace sluice::acl
