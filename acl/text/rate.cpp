// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/rate.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "acl/text/numbers.h"
#include "acl/text/syntax.h"

namespace sluice::acl::text {

namespace {

struct Unit {
    std::string_view name;   ///< as it is printed
    std::string_view whole;  ///< of which any beginning may be written
    std::uint32_t seconds;
};
/// From the longest on.
constexpr std::array<Unit, 4> kUnits = {{
    {"day", "day", 86'400},
    {"hour", "hour", 3'600},
    {"min", "minute", 60},
    {"sec", "second", 1},
}};

}  // namespace

std::optional<Rate> parse_rate(std::string_view text, std::uint32_t scale) {
    const std::size_t slash = text.find('/');
    Rate rate;
    if (slash != std::string_view::npos) {
        const std::string_view unit = text.substr(slash + 1);
        const auto found = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& one) {
            return !unit.empty() && starts_with_no_case(one.whole, unit);
        });
        if (found == kUnits.end()) {
            return std::nullopt;
        }
        rate.unit_seconds = found->seconds;
    }
    const auto count = parse_digits(text.substr(0, slash), 0xffffffffU);
    if (!count || *count == 0) {
        return std::nullopt;
    }
    rate.period = std::uint64_t{scale} * rate.unit_seconds / *count;
    return rate;
}

RateText rate_text(std::uint64_t period, std::uint32_t scale) {
    std::size_t i = 1;
    for (; i < kUnits.size(); ++i) {
        const std::uint64_t unit = std::uint64_t{kUnits[i].seconds} * scale;
        if (period > unit || unit / period < unit % period) {
            break;
        }
    }
    const Unit& unit = kUnits[i - 1];
    return {fmt::format("{}/{}", std::uint64_t{unit.seconds} * scale / period, unit.name), unit.seconds};
}

}  // namespace sluice::acl::text
