// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "acl/text/syntax.h"

namespace sluice::acl::text {

/// Whether a value that iptables prints bare can be read back: not empty, no blanks and quotes, and not
/// longer than iptables keeps (it cuts silently). In: `what` it is, for the message.
[[nodiscard]] inline Checked check_bare_name(std::string_view what, std::size_t max, const OptionUse& use) {
    const std::string& name = use.value();
    const auto is_bad = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == '"'; };
    if (name.empty()) {
        return use.refuse(fmt::format("an empty {}", what));
    }
    if (name.size() > max) {
        return use.refuse(fmt::format("{} '{}' is too long: at most {} characters", what, name, max));
    }
    if (std::any_of(name.begin(), name.end(), is_bad)) {
        return use.refuse(fmt::format("invalid {} '{}': no blanks, no quotes", what, name));
    }
    return {};
}

}  // namespace sluice::acl::text
