// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

/// Names of extensions that are not in registry.h, and why: those that Linux has no more, and those for IPv6 only.
namespace sluice::acl::text {

enum class Standing { gone, ipv6_only, unknown };

[[nodiscard]] Standing match_standing(std::string_view name);
[[nodiscard]] Standing target_standing(std::string_view name);

/// True where the name is a target's, also of one that is gone, so that no chain may have it.
[[nodiscard]] bool is_target_name(std::string_view name);

/// Why `-j NAME` is refused where it is gone; empty where it is not.
[[nodiscard]] std::string why_no_target(std::string_view name);

/// Why `-m NAME` is refused: gone, for IPv6 only, or unknown (with the nearest known name).
[[nodiscard]] std::string why_no_match(std::string_view name);

/// Why `chain` cannot be a user chain's name; empty where it can.
[[nodiscard]] std::string why_no_chain_name(std::string_view chain);

}  // namespace sluice::acl::text
