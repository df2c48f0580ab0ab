// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/mark.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/mark_text.h"

namespace sluice::acl::text {

std::span<const Form<MarkMatch>> Syntax<MarkMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "mark", .invertible = true, .required = true},
    };
    static constexpr std::array kForms = {
        Form<MarkMatch>{.name = "mark", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<MarkMatch>::parse(MarkMatch& match, const OptionUse& use) {
    const auto mark = parse_masked_mark(use.value());
    if (!mark) {
        return use.refuse(fmt::format("invalid mark '{}': VALUE[/MASK], each from 0 to 0xffffffff", use.value()));
    }
    match = {mark->value, mark->mask, use.inverted};
    return {};
}

void Syntax<MarkMatch>::save(const MarkMatch& match, std::string& out) {
    out += match.inverted ? " ! --mark" : " --mark";
    append_masked_mark({match.value, match.mask}, out);
}

void Syntax<MarkMatch>::list(const MarkMatch& match, bool /*numeric*/, std::string& out) {
    out += " mark match";
    out += match.inverted ? " !" : "";
    append_masked_mark({match.value, match.mask}, out);
}

}  // namespace sluice::acl::text
