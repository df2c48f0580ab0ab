// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/tos.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/tos_text.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

std::span<const Form<TosMatch>> Syntax<TosMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "tos", .invertible = true, .required = true},
    };
    static constexpr std::array kForms = {Form<TosMatch>{.name = "tos", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<TosMatch>::parse(TosMatch& match, const OptionUse& use) {
    const auto tos = parse_tos(use.value());
    if (!tos) {
        return use.refuse(fmt::format("invalid type of service '{}': {}", use.value(), kTosHelp));
    }
    match = {tos->value, tos->mask, use.inverted};
    return {};
}

void Syntax<TosMatch>::save(const TosMatch& match, std::string& out) {
    base::append(out, "{} --tos 0x{:02x}/0x{:02x}", match.inverted ? " !" : "", match.value, match.mask);
}

/// Without the blank that one would expect, as iptables prints it.
void Syntax<TosMatch>::list(const TosMatch& match, bool numeric, std::string& out) {
    out += " tos match";
    out += match.inverted ? "!" : "";
    if (const std::string_view name = tos_name({match.value, match.mask}); !numeric && !name.empty()) {
        out += ' ';
        out += name;
        return;
    }
    base::append(out, "0x{:02x}/0x{:02x}", match.value, match.mask);
}

}  // namespace sluice::acl::text
