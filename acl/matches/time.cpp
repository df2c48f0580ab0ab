// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/time.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>

#include "acl/calendar.h"
#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

constexpr std::array<std::string_view, 7> kDays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::uint32_t kSecondsADay = TimeMatch::kLastSecond + 1;

/// Takes the digits up to `end`, or to the end of the text; nothing where they are none or too large a
/// number.
std::optional<std::uint32_t> take_number(std::string_view& text, char end, std::uint32_t max) {
    const std::size_t stop = text.find(end);
    const auto number = parse_digits(text.substr(0, stop), max);
    text = stop == std::string_view::npos ? std::string_view() : text.substr(stop + 1);
    return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

/// Hours, minutes and seconds of which the last ones may be missing, `least` parts at least; as seconds.
std::optional<std::uint32_t> parse_clock(std::string_view text, int least) {
    std::uint32_t seconds = 0;
    int parts = 0;
    std::uint32_t unit = 3'600;
    for (const std::uint32_t max : {23U, 59U, 59U}) {
        if (text.empty() && parts >= least) {
            break;
        }
        const auto number = take_number(text, ':', max);
        if (!number) {
            return std::nullopt;
        }
        seconds += *number * unit;
        unit /= 60;
        ++parts;
    }
    return text.empty() ? std::optional(seconds) : std::nullopt;
}

/// YYYY[-MM[-DD[Thh[:mm[:ss]]]]], from 1970 to 2038.
std::optional<std::uint32_t> parse_date(std::string_view text) {
    constexpr std::uint32_t kFirstYear = 1970;
    constexpr std::uint32_t kLastYear = 2038;
    const std::size_t t = text.find('T');
    std::string_view days = text.substr(0, t);
    const auto year = take_number(days, '-', kLastYear);
    const auto month = days.empty() ? std::optional(1U) : take_number(days, '-', 12);
    const auto day = days.empty() ? std::optional(1U) : take_number(days, '-', 31);
    const auto clock = t == std::string_view::npos ? std::optional(0U) : parse_clock(text.substr(t + 1), 0);
    if (!year || *year < kFirstYear || !month || *month == 0 || !day || *day == 0 || !days.empty() ||
        !clock) {
        return std::nullopt;
    }
    return days_to({*year, *month, *day}) * kSecondsADay + *clock;
}

/// A number from 1 to 7, or a name of which the first two letters count.
std::optional<std::uint32_t> parse_weekday(std::string_view text) {
    const auto number = leading_number(text);
    if (number) {
        const bool is_day = number->rest.empty() && number->value >= 1 && number->value <= kDays.size();
        return is_day ? std::optional(static_cast<std::uint32_t>(number->value)) : std::nullopt;
    }
    for (std::uint32_t day = 0; day < kDays.size(); ++day) {
        if (text.size() >= 2 && kDays[day].substr(0, 2) == text.substr(0, 2)) {
            return day + 1;
        }
    }
    return std::nullopt;
}

std::optional<std::uint32_t> parse_monthday(std::string_view text) {
    const auto day = parse_digits(text, 31);
    return day && *day != 0 ? std::optional(static_cast<std::uint32_t>(*day)) : std::nullopt;
}

/// Days with commas between them, as bits; a comma may stand at the end.
template <class Parse>
Checked parse_days(const OptionUse& use, std::uint32_t all, std::uint32_t& days, Parse&& parse,
                   std::string_view kind) {
    days = 0;
    std::string_view list = use.value();
    while (!list.empty()) {
        const std::string_view one = list.substr(0, list.find(','));
        const std::optional<std::uint32_t> day = parse(one);
        if (!day) {
            return use.refuse(fmt::format("'{}' is no day of the {}", one, kind));
        }
        days |= 1U << *day;
        list.remove_prefix(std::min(one.size() + 1, list.size()));
    }
    days = use.inverted ? all & ~days : days;
    return {};
}

std::string clock_text(std::uint32_t second) {
    return fmt::format("{:02}:{:02}:{:02}", second / 3'600, second / 60 % 60, second % 60);
}

std::string date_text(std::uint32_t second, char between) {
    const Date date = date_of(second / kSecondsADay);
    return fmt::format("{}-{:02}-{:02}{}{}", date.year, date.month, date.day, between,
                       clock_text(second % kSecondsADay));
}

/// As iptables writes it: 11st, 12nd and 13rd too.
std::string_view ending_of(std::uint32_t day, bool numbers_only) {
    if (numbers_only) {
        return "";
    }
    switch (day % 10) {
        case 1:
            return "st";
        case 2:
            return "nd";
        case 3:
            return "rd";
        default:
            return "th";
    }
}

void append_monthdays(std::uint32_t days, bool numbers_only, std::string& out) {
    std::string_view comma;
    for (std::uint32_t day = 1; day <= 31; ++day) {
        if ((days >> day & 1U) != 0) {
            base::append(out, "{}{}{}", comma, day, ending_of(day, numbers_only));
            comma = ",";
        }
    }
}

void append_weekdays(std::uint32_t days, std::string& out) {
    std::string_view comma;
    for (std::uint32_t day = 0; day < kDays.size(); ++day) {
        if ((days >> (day + 1) & 1U) != 0) {
            base::append(out, "{}{}", comma, kDays[day]);
            comma = ",";
        }
    }
}

/// `--utc` is the default, but may be written where `--kerneltz` is not.
Checked parse_zone(TimeMatch& match, const OptionUse& use) {
    const bool is_utc = use.option == "utc";
    if ((is_utc && match.is_local) || (!is_utc && match.is_utc)) {
        return fault("time: only one of --utc and --kerneltz can be used", use.begin);
    }
    (is_utc ? match.is_utc : match.is_local) = true;
    return {};
}

[[nodiscard]] bool asks_clock(const TimeMatch& match) {
    return match.day_start != 0 || match.day_stop != TimeMatch::kLastSecond;
}

}  // namespace

std::span<const Form<TimeMatch>> Syntax<TimeMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "timestart"},
        OptionSpec{.name = "timestop"},
        OptionSpec{.name = "monthdays", .invertible = true},
        OptionSpec{.name = "weekdays", .invertible = true},
        OptionSpec{.name = "datestart"},
        OptionSpec{.name = "datestop"},
        OptionSpec{.name = "kerneltz", .values = 0},
        OptionSpec{.name = "localtz", .values = 0},
        OptionSpec{.name = "utc", .values = 0},
        OptionSpec{.name = "contiguous", .values = 0},
    };
    static constexpr std::array kForms = {
        Form<TimeMatch>{.name = "time", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<TimeMatch>::parse(TimeMatch& match, const OptionUse& use) {
    if (use.option == "timestart" || use.option == "timestop") {
        const auto time = parse_clock(use.value(), 2);
        if (!time) {
            return use.refuse(fmt::format("invalid time '{}': HH:MM or HH:MM:SS", use.value()));
        }
        (use.option == "timestart" ? match.day_start : match.day_stop) = *time;
    } else if (use.option == "datestart" || use.option == "datestop") {
        const auto date = parse_date(use.value());
        if (!date) {
            return use.refuse(fmt::format(
                "invalid date '{}': YYYY[-MM[-DD[Thh[:mm[:ss]]]]], from 1970 to 2038", use.value()));
        }
        (use.option == "datestart" ? match.date_start : match.date_stop) = *date;
    } else if (use.option == "monthdays") {
        return parse_days(use, TimeMatch::kAllMonthdays, match.monthdays, parse_monthday, "month: 1 to 31");
    } else if (use.option == "weekdays") {
        std::uint32_t days = 0;
        auto checked =
            parse_days(use, TimeMatch::kAllWeekdays, days, parse_weekday, "week: Mon to Sun, or 1 to 7");
        match.weekdays = static_cast<std::uint8_t>(days);
        return checked;
    } else if (use.option == "contiguous") {
        match.is_contiguous = true;
    } else {
        return parse_zone(match, use);
    }
    return {};
}

Checked Syntax<TimeMatch>::finish(const TimeMatch& match, const RuleFacts& rule) {
    if (match.is_contiguous && match.day_start < match.day_stop) {
        return fault("time: --contiguous needs a --timestop before --timestart", rule.begin);
    }
    return {};
}

/// No days at all are printed as "", which can be read back; iptables prints nothing there.
void Syntax<TimeMatch>::save(const TimeMatch& match, std::string& out) {
    if (asks_clock(match)) {
        out += " --timestart " + clock_text(match.day_start) + " --timestop " + clock_text(match.day_stop);
    }
    if (match.monthdays != TimeMatch::kAllMonthdays) {
        out += match.monthdays == 0 ? " --monthdays \"\"" : " --monthdays ";
        append_monthdays(match.monthdays, true, out);
    }
    if (match.weekdays != TimeMatch::kAllWeekdays) {
        out += match.weekdays == 0 ? " --weekdays \"\"" : " --weekdays ";
        append_weekdays(match.weekdays, out);
    }
    if (match.date_start != 0) {
        out += " --datestart " + date_text(match.date_start, 'T');
    }
    out += " --datestop " + date_text(match.date_stop, 'T');
    out += match.is_local ? " --kerneltz" : "";
    out += match.is_contiguous ? " --contiguous" : "";
}

void Syntax<TimeMatch>::list(const TimeMatch& match, bool /*numeric*/, std::string& out) {
    out += " TIME";
    if (asks_clock(match)) {
        out += " from " + clock_text(match.day_start) + " to " + clock_text(match.day_stop);
    }
    if (match.weekdays != TimeMatch::kAllWeekdays) {
        out += " on ";
        append_weekdays(match.weekdays, out);
    }
    if (match.monthdays != TimeMatch::kAllMonthdays) {
        out += " on ";
        append_monthdays(match.monthdays, false, out);
    }
    if (match.date_start != 0) {
        out += " starting from " + date_text(match.date_start, ' ');
    }
    if (match.date_stop != TimeMatch::kLastDate) {
        out += " until date " + date_text(match.date_stop, ' ');
    }
    out += match.is_local ? "" : " UTC";
    out += match.is_contiguous ? " contiguous" : "";
}

}  // namespace sluice::acl::text
