// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/history_cell.h"
#include "acl/matches/match_eval.h"
#include "acl/matches/statistic.h"

namespace sluice::acl {

/// nth: the cell counts from 0 to every - 1, and a packet that brings it back to 0 holds; random: it is the state of a
/// generator (splitmix64), so that workers share it without a lock. See: xt_statistic.c.
template <>
struct Evaluate<StatisticMatch> {
    static constexpr Depends depends = Depends::history;
    static constexpr std::uint8_t protocol = 0;

    /// What the cell holds before the first packet.
    static std::uint64_t initial(const StatisticMatch& match) noexcept {
        return match.mode == StatisticMatch::Mode::nth ? match.every - 1 - match.packet : match.probability;
    }

    template <net::Family F>
    [[nodiscard]] static Answer ask(const StatisticMatch& match, HistoryCell& cell, const PacketView<F>& packet) noexcept {
        static_cast<void>(packet);
        if (match.mode == StatisticMatch::Mode::nth) {
            const std::uint64_t before =
                exchange(cell, [&](std::uint64_t count) { return count + 1 == match.every ? 0 : count + 1; });
            return answer_of((before + 1 == match.every) != match.inverted);
        }
        constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15ULL;
        std::uint64_t value = exchange(cell, [](std::uint64_t state) { return state + kStep; }) + kStep;
        value = (value ^ value >> 30U) * 0xbf58476d1ce4e5b9ULL;
        value = (value ^ value >> 27U) * 0x94d049bb133111ebULL;
        return answer_of(((value ^ value >> 31U) >> 33U < match.probability) != match.inverted);
    }
};

}  // namespace sluice::acl
