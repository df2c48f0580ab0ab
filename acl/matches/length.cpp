// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/length.h"

#include <array>

#include "acl/text/ranges.h"

namespace sluice::acl::text {

std::span<const Form<LengthMatch>> Syntax<LengthMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "length", .invertible = true, .required = true},
    };
    static constexpr std::array kForms = {
        Form<LengthMatch>{.name = "length", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<LengthMatch>::parse(LengthMatch& match, const OptionUse& use) {
    const auto range = parse_range(use.value(), 0xffff);
    if (!range) {
        return use.refuse(range.error());
    }
    match = {static_cast<std::uint16_t>(range->min), static_cast<std::uint16_t>(range->max), use.inverted};
    return {};
}

void Syntax<LengthMatch>::save(const LengthMatch& match, std::string& out) {
    out += match.inverted ? " ! --length " : " --length ";
    append_range({match.min, match.max}, out);
}

void Syntax<LengthMatch>::list(const LengthMatch& match, bool /*numeric*/, std::string& out) {
    out += match.inverted ? " length !" : " length ";
    append_range({match.min, match.max}, out);
}

}  // namespace sluice::acl::text
