// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m time`: the clock on the wall when the packet comes, in UTC or the kernel's time zone.
struct TimeMatch {
    static constexpr std::uint32_t kLastSecond = 86'399;  ///< of a day
    static constexpr std::uint32_t kLastDate =
        2'147'483'647;  ///< 2038-01-19T03:14:07: where iptables 1.8.9 ends
    static constexpr std::uint32_t kAllMonthdays = 0xfffffffe;
    static constexpr std::uint8_t kAllWeekdays = 0xfe;

    std::uint32_t date_start = 0;  ///< seconds since 1970, both included
    std::uint32_t date_stop = kLastDate;
    std::uint32_t day_start = 0;  ///< seconds since midnight, both included; may run over midnight
    std::uint32_t day_stop = kLastSecond;
    std::uint32_t monthdays = kAllMonthdays;  ///< bits 1 to 31
    std::uint8_t weekdays = kAllWeekdays;     ///< bits 1 (Monday) to 7
    bool is_local = false;                    ///< `--kerneltz`
    bool is_utc = false;                      ///< `--utc`, which is so anyway
    bool is_contiguous = false;               ///< what is past midnight belongs to the day before
    bool operator==(const TimeMatch&) const = default;
};

namespace text {

template <>
struct Syntax<TimeMatch> {
    static std::span<const Form<TimeMatch>> forms();
    static Checked parse(TimeMatch& match, const OptionUse& use);
    static Checked finish(const TimeMatch& match, const RuleFacts& rule);
    static void save(const TimeMatch& match, std::string& out);
    static void list(const TimeMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
