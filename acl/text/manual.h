// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>
#include <string_view>

/// The extensions of iptables-extensions(8) that are not built yet, so that they are refused by name.
/// What is built stands in registry.h; a name moves from here to there when its file is written.
namespace sluice::acl::text {

enum class Standing { not_built, ipv6_only, unknown };

[[nodiscard]] Standing match_standing(std::string_view name);
[[nodiscard]] Standing target_standing(std::string_view name);

[[nodiscard]] std::span<const std::string_view> matches_not_built();
[[nodiscard]] std::span<const std::string_view> targets_not_built();

/// True where the name is a target's: built or not, so that no chain may have it.
[[nodiscard]] bool is_target_name(std::string_view name);

/// Why `-m NAME` is refused: not built yet, for IPv6 only, or unknown (with the nearest known name).
[[nodiscard]] std::string why_no_match(std::string_view name);

/// Why `chain` cannot be a user chain's name; empty where it can.
[[nodiscard]] std::string why_no_chain_name(std::string_view chain);

}  // namespace sluice::acl::text
