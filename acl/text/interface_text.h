// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "acl/ruleset.h"

/// `-i` and `-o`.
namespace sluice::acl::text {

/// A name, or the beginning of names with a `+` behind it; `+` alone is any interface.
[[nodiscard]] tl::expected<InterfaceMatch, std::string> parse_interface(std::string_view text, bool inverted);

/// ` ! -i eth+`; nothing for any interface.
void save_interface(char option, const InterfaceMatch& match, std::string& out);

/// `!eth+`, `any` (`*` if `numeric`).
[[nodiscard]] std::string list_interface(const InterfaceMatch& match, bool numeric);

}  // namespace sluice::acl::text
