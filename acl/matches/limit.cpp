// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/limit.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include <algorithm>
#include <optional>

#include "acl/text/numbers.h"

namespace sluice::acl::text {

namespace {

constexpr std::uint32_t kScale = 10'000;  // XT_LIMIT_SCALE
constexpr std::uint32_t kMaxBurst = 10'000;
constexpr std::uint32_t kDefaultBurst = 5;

struct Unit {
    std::string_view name;   ///< as it is printed
    std::string_view whole;  ///< of which any beginning may be written
    std::uint32_t seconds;
};
/// From the longest on.
constexpr std::array<Unit, 4> kUnits = {{
    {"day", "day", 86'400}, {"hour", "hour", 3'600}, {"min", "minute", 60}, {"sec", "second", 1},
}};

/// N[/UNIT]; nothing where it is none.
std::optional<std::uint32_t> parse_period(std::string_view text) {
    const std::size_t slash = text.find('/');
    std::uint32_t seconds = 1;
    if (slash != std::string_view::npos) {
        const std::string_view unit = text.substr(slash + 1);
        const auto found = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& one) {
            return !unit.empty() && starts_with_no_case(one.whole, unit);
        });
        if (found == kUnits.end()) {
            return std::nullopt;
        }
        seconds = found->seconds;
    }
    const auto count = parse_digits(text.substr(0, slash), 0xffffffffU);
    if (!count || *count == 0) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(std::uint64_t{kScale} * seconds / *count);
}

/// In the longest unit of which it is a whole number or nearly so, as iptables prints it.
std::string rate_text(std::uint32_t period) {
    std::size_t i = 1;
    for (; i < kUnits.size(); ++i) {
        const std::uint32_t unit = kUnits[i].seconds * kScale;
        if (period > unit || unit / period < unit % period) {
            break;
        }
    }
    return fmt::format("{}/{}", kUnits[i - 1].seconds * kScale / period, kUnits[i - 1].name);
}

}  // namespace

std::span<const Form<LimitMatch>> Syntax<LimitMatch>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "limit"}, OptionSpec{.name = "limit-burst"}};
    static constexpr std::array kForms = {Form<LimitMatch>{
        .name = "limit", .initial = {.period = kScale * 3'600 / 3, .burst = kDefaultBurst}, .options = kOptions}};
    return kForms;
}

Checked Syntax<LimitMatch>::parse(LimitMatch& match, const OptionUse& use) {
    if (use.option == "limit-burst") {
        const auto burst = parse_number(use.value(), kMaxBurst);
        if (!burst) {
            return use.refuse(fmt::format("invalid burst '{}': a number from 0 to {}", use.value(), kMaxBurst));
        }
        match.burst = *burst == 0 ? kDefaultBurst : *burst;
        return {};
    }
    const auto period = parse_period(use.value());
    if (!period) {
        return use.refuse(fmt::format("bad rate '{}': NUMBER[/second|/minute|/hour|/day]", use.value()));
    }
    match.period = *period;
    return {};
}

Checked Syntax<LimitMatch>::finish(const LimitMatch& match, const RuleFacts& rule) {
    if (match.period == 0) {
        return fault(fmt::format("limit: the rate is too fast: at most {} a second", kScale), rule.begin);
    }
    return {};
}

void Syntax<LimitMatch>::save(const LimitMatch& match, std::string& out) {
    out += " --limit " + rate_text(match.period);
    if (match.burst != kDefaultBurst) {
        fmt::format_to(std::back_inserter(out), " --limit-burst {}", match.burst);
    }
}

void Syntax<LimitMatch>::list(const LimitMatch& match, bool /*numeric*/, std::string& out) {
    fmt::format_to(std::back_inserter(out), " limit: avg {} burst {}", rate_text(match.period), match.burst);
}

}  // namespace sluice::acl::text
