// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/interface_text.h"

#include <fmt/core.h>

#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

constexpr std::size_t kMaxName = 15;  // IFNAMSIZ without its end

bool is_any(const InterfaceMatch& match) {
    return match.name.empty() && !match.inverted;
}

}  // namespace

tl::expected<InterfaceMatch, std::string> parse_interface(std::string_view text, bool inverted) {
    if (text.empty()) {
        return tl::unexpected(std::string("an empty interface name is likely to be undesired"));
    }
    if (text.size() > kMaxName) {
        return tl::unexpected(
            fmt::format("interface name '{}' is too long: at most {} characters", text, kMaxName));
    }
    if (text.find_first_of(" /\t\n\"") != std::string_view::npos) {
        return tl::unexpected(
            fmt::format("no interface can have the name '{}': no blanks, no '/', no quotes", text));
    }
    InterfaceMatch match;
    match.prefix = text.back() == '+';
    match.name = text.substr(0, text.size() - (match.prefix ? 1 : 0));
    match.inverted = inverted;
    return is_any(match) ? InterfaceMatch{} : match;
}

void save_interface(char option, const InterfaceMatch& match, std::string& out) {
    if (!is_any(match)) {
        base::append(out, "{} -{} {}{}", match.inverted ? " !" : "", option, match.name,
                     match.prefix ? "+" : "");
    }
}

std::string list_interface(const InterfaceMatch& match, bool numeric) {
    if (is_any(match)) {
        return numeric ? "*" : "any";
    }
    return fmt::format("{}{}{}", match.inverted ? "!" : "", match.name, match.prefix ? "+" : "");
}

}  // namespace sluice::acl::text
