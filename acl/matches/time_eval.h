// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/calendar.h"
#include "acl/matches/match_eval.h"
#include "acl/matches/time.h"

namespace sluice::acl {

/// At the second of the poll that the packet came with. See: xt_time.c.
template <>
struct Evaluate<TimeMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const TimeMatch& match, const PacketView<F>& packet) noexcept {
        constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
        constexpr std::int64_t kDay = TimeMatch::kLastSecond + 1;
        auto now = static_cast<std::int64_t>(packet.utc_ns / kNsPerSecond);
        if (match.is_local) {
            now -= std::int64_t{60} * packet.minutes_west;
        }
        if (now < std::int64_t{match.date_start} || now > std::int64_t{match.date_stop}) {
            return Answer::no;
        }
        const auto second = static_cast<std::uint32_t>(now % kDay);
        auto day = static_cast<std::uint32_t>(now / kDay);
        if (match.day_start < match.day_stop) {
            if (second < match.day_start || second > match.day_stop) {
                return Answer::no;
            }
        } else if (second < match.day_start && second > match.day_stop) {
            return Answer::no;
        } else if (match.is_contiguous && second <= match.day_stop && day > 0) {
            --day;
        }
        return answer_of(
            (match.weekdays >> weekday_of(day) & 1U) != 0 &&
            (match.monthdays == TimeMatch::kAllMonthdays || (match.monthdays >> date_of(day).day & 1U) != 0));
    }
};

}  // namespace sluice::acl
