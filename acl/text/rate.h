// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Rates in packets as `limit` and `hashlimit` write them: `10/minute`, kept as the time of one packet.
namespace sluice::acl::text {

struct Rate {
    std::uint64_t period = 0;      ///< of one packet, in units of 1/scale seconds; 0: faster than that
    std::uint32_t unit_seconds = 1;  ///< 1, 60, 3600 or 86400
};

/// NUMBER[/UNIT], where UNIT is any beginning of second, minute, hour or day; nothing where it is none.
[[nodiscard]] std::optional<Rate> parse_rate(std::string_view text, std::uint32_t scale);

/// In the longest unit of which it is a whole number or nearly so, as iptables prints it; and that unit.
struct RateText {
    std::string text;
    std::uint32_t unit_seconds = 1;
};
[[nodiscard]] RateText rate_text(std::uint64_t period, std::uint32_t scale);

}  // namespace sluice::acl::text
