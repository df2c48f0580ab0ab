// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/helper.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "acl/text/quoting.h"

namespace sluice::acl::text {

std::span<const Form<HelperMatch>> Syntax<HelperMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "helper", .invertible = true, .required = true}};
    static constexpr std::array kForms = {
        Form<HelperMatch>{.name = "helper", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<HelperMatch>::parse(HelperMatch& match, const OptionUse& use) {
    if (use.value().size() >= match.name.size()) {
        return use.refuse(fmt::format("the helper's name '{}' is too long: at most {} characters",
                                      use.value(), match.name.size() - 1));
    }
    match.inverted = use.inverted;
    std::copy(use.value().begin(), use.value().end(), match.name.begin());
    return {};
}

void Syntax<HelperMatch>::save(const HelperMatch& match, std::string& out) {
    out += match.inverted ? " ! --helper " : " --helper ";
    append_quoted(match.name.data(), out);
}

void Syntax<HelperMatch>::list(const HelperMatch& match, bool /*numeric*/, std::string& out) {
    out += fmt::format(" helper match {}\"{}\"", match.inverted ? "! " : "", match.name.data());
}

}  // namespace sluice::acl::text
