// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/connmark.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/mark_text.h"

namespace sluice::acl::text {

std::span<const Form<ConnmarkMatch>> Syntax<ConnmarkMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "mark", .invertible = true, .required = true},
    };
    static constexpr std::array kForms = {
        Form<ConnmarkMatch>{.name = "connmark", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<ConnmarkMatch>::parse(ConnmarkMatch& match, const OptionUse& use) {
    const auto mark = parse_masked_mark(use.value());
    if (!mark) {
        return use.refuse(fmt::format("invalid mark '{}': VALUE[/MASK], each from 0 to 0xffffffff", use.value()));
    }
    match = {mark->value, mark->mask, use.inverted};
    return {};
}

void Syntax<ConnmarkMatch>::save(const ConnmarkMatch& match, std::string& out) {
    out += match.inverted ? " ! --mark" : " --mark";
    append_masked_mark({match.value, match.mask}, out);
}

/// With a second blank where it is not negated, as iptables prints it.
void Syntax<ConnmarkMatch>::list(const ConnmarkMatch& match, bool /*numeric*/, std::string& out) {
    out += " connmark match";
    out += match.inverted ? " !" : " ";
    append_masked_mark({match.value, match.mask}, out);
}

}  // namespace sluice::acl::text
