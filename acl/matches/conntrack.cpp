// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/conntrack.h"

#include <array>

#include "acl/text/state_list.h"

namespace sluice::acl::text {

std::span<const Form<ConntrackMatch>> Syntax<ConntrackMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "ctstate", .invertible = true},
        OptionSpec{.name = "ctproto", .invertible = true, .built = false},
        OptionSpec{.name = "ctorigsrc", .invertible = true, .built = false},
        OptionSpec{.name = "ctorigdst", .invertible = true, .built = false},
        OptionSpec{.name = "ctreplsrc", .invertible = true, .built = false},
        OptionSpec{.name = "ctrepldst", .invertible = true, .built = false},
        OptionSpec{.name = "ctorigsrcport", .invertible = true, .built = false},
        OptionSpec{.name = "ctorigdstport", .invertible = true, .built = false},
        OptionSpec{.name = "ctreplsrcport", .invertible = true, .built = false},
        OptionSpec{.name = "ctrepldstport", .invertible = true, .built = false},
        OptionSpec{.name = "ctstatus", .invertible = true, .built = false},
        OptionSpec{.name = "ctexpire", .invertible = true, .built = false},
        OptionSpec{.name = "ctdir", .built = false},
    };
    static constexpr std::array kForms = {Form<ConntrackMatch>{
        .name = "conntrack", .initial = {}, .options = kOptions, .needs_an_option = true}};
    return kForms;
}

Checked Syntax<ConntrackMatch>::parse(ConntrackMatch& match, const OptionUse& use) {
    const auto list = parse_state_list(use.value(), true);
    if (!list) {
        return use.refuse(list.error());
    }
    match = ConntrackMatch{list->states, list->snat, list->dnat, use.inverted};
    return {};
}

void Syntax<ConntrackMatch>::save(const ConntrackMatch& match, std::string& out) {
    out += match.inverted ? " ! --ctstate " : " --ctstate ";
    append_state_list({match.states, match.snat, match.dnat}, out);
}

void Syntax<ConntrackMatch>::list(const ConntrackMatch& match, bool /*numeric*/, std::string& out) {
    out += match.inverted ? " ! ctstate " : " ctstate ";
    append_state_list({match.states, match.snat, match.dnat}, out);
}

}  // namespace sluice::acl::text
