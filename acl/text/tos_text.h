// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

/// Types of service and DSCPs as they are written.
namespace sluice::acl::text {

struct MaskedTos {
    std::uint8_t value = 0;
    std::uint8_t mask = 0xff;
};

/// VALUE, VALUE/MASK, or a name of RFC 1349, which leaves the precedence bits open.
[[nodiscard]] std::optional<MaskedTos> parse_tos(std::string_view text);
/// The name of a type of service; empty where it has none.
[[nodiscard]] std::string_view tos_name(const MaskedTos& tos);
inline constexpr std::string_view kTosHelp =
    "VALUE, VALUE/MASK (0 to 255), or one of Minimize-Delay, Maximize-Throughput, Maximize-Reliability, "
    "Minimize-Cost, Normal-Service";

/// A class of RFC 2474, 2597 or 3246.
[[nodiscard]] std::optional<std::uint32_t> parse_dscp_class(std::string_view name);
inline constexpr std::string_view kDscpClassHelp = "BE, EF, AF11 to AF43, CS0 to CS7";

}  // namespace sluice::acl::text
