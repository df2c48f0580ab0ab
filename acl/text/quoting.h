// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

namespace sluice::acl::text {

/// Appends a text as iptables saves it: bare where it is one word of letters, digits, `-` and `_`, else in
/// double quotes with a backslash before each quote, apostrophe and backslash.
void append_quoted(std::string_view text, std::string& out);

}  // namespace sluice::acl::text
