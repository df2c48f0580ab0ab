// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

/// Days and dates since 1970 (Gregorian), without time zones.
namespace sluice::acl {

struct Date {
    std::uint32_t year = 1970;
    std::uint32_t month = 1;  ///< 1 to 12
    std::uint32_t day = 1;    ///< 1 to 31
};

/// The date of a day since 1970-01-01. Counted in years that begin on 1 March, so that a leap day is their
/// last, and in eras of 400 of them, which all have the same days.
[[nodiscard]] constexpr Date date_of(std::uint32_t days_since_1970) noexcept {
    constexpr std::uint32_t kDaysToEpoch = 719'468;  // from 0000-03-01
    constexpr std::uint32_t kDaysInEra = 146'097;
    const std::uint32_t days = days_since_1970 + kDaysToEpoch;
    const std::uint32_t era = days / kDaysInEra;
    const std::uint32_t day_of_era = days % kDaysInEra;
    const std::uint32_t year_of_era =
        (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::uint32_t months_since_march = (5 * day_of_year + 2) / 153;
    const std::uint32_t month = months_since_march < 10 ? months_since_march + 3 : months_since_march - 9;
    return {era * 400 + year_of_era + (month <= 2 ? 1 : 0), month,
            day_of_year - (153 * months_since_march + 2) / 5 + 1};
}

/// The days from 1970-01-01 to a date; a day beyond its month is one of the next. In: not before 1970.
[[nodiscard]] constexpr std::uint32_t days_to(const Date& date) noexcept {
    constexpr std::uint32_t kDaysToEpoch = 719'468;
    const std::uint32_t year = date.month <= 2 ? date.year - 1 : date.year;
    const std::uint32_t months_since_march = date.month <= 2 ? date.month + 9 : date.month - 3;
    const std::uint32_t day_of_year = (153 * months_since_march + 2) / 5 + date.day - 1;
    return 365 * year + year / 4 - year / 100 + year / 400 + day_of_year - kDaysToEpoch;
}

/// 1 (Monday) to 7.
[[nodiscard]] constexpr std::uint32_t weekday_of(std::uint32_t days_since_1970) noexcept {
    return (days_since_1970 + 3) % 7 + 1;  // it began on a Thursday
}

}  // namespace sluice::acl
