// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/ranges.h"

#include <fmt/core.h>

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

tl::expected<NumberRange, std::string> parse_range(std::string_view text, std::uint32_t max) {
    const auto number = [max](std::string_view part, std::uint32_t none) {
        return part.empty() ? std::optional(none) : parse_number(part, max);
    };
    const std::size_t colon = text.find(':');
    const auto low = number(text.substr(0, colon), 0);
    const auto high = colon == std::string_view::npos ? low : number(text.substr(colon + 1), max);
    if (!low || !high) {
        return tl::unexpected(
            fmt::format("invalid number or range '{}': FROM, FROM:TO, both from 0 to {}", text, max));
    }
    return NumberRange{*low, *high};
}

void append_range(const NumberRange& range, std::string& out) {
    base::append(out, "{}", range.min);
    if (range.max != range.min) {
        base::append(out, ":{}", range.max);
    }
}

}  // namespace sluice::acl::text
