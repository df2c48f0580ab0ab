// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/mac.h"

#include <fmt/core.h>

#include <array>

#include "acl/tables.h"
#include "acl/text/mac_text.h"

namespace sluice::acl::text {

std::span<const Form<MacMatch>> Syntax<MacMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "mac-source", .invertible = true, .required = true},
    };
    static constexpr std::array kForms = {
        Form<MacMatch>{.name = "mac",
                       .initial = {},
                       .options = kOptions,
                       .hooks = bit(Hook::prerouting) | bit(Hook::input) | bit(Hook::forward)}};
    return kForms;
}

Checked Syntax<MacMatch>::parse(MacMatch& match, const OptionUse& use) {
    const auto mac = parse_mac(use.value());
    if (!mac) {
        return use.refuse(
            fmt::format("invalid MAC address '{}': six bytes such as 00:11:22:aa:bb:cc", use.value()));
    }
    match = {*mac, use.inverted};
    return {};
}

void Syntax<MacMatch>::save(const MacMatch& match, std::string& out) {
    out += match.inverted ? " ! --mac-source " : " --mac-source ";
    append_mac(match.source, false, out);
}

void Syntax<MacMatch>::list(const MacMatch& match, bool /*numeric*/, std::string& out) {
    out += match.inverted ? " MAC ! " : " MAC ";
    append_mac(match.source, false, out);
}

}  // namespace sluice::acl::text
