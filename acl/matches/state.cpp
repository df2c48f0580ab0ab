// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/state.h"

#include <array>

#include "acl/text/state_list.h"

namespace sluice::acl::text {

std::span<const Form<StateMatch>> Syntax<StateMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "state", .invertible = true, .required = true},
    };
    static constexpr std::array kForms = {
        Form<StateMatch>{.name = "state", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<StateMatch>::parse(StateMatch& match, const OptionUse& use) {
    const auto list = parse_state_list(use.value(), false);
    if (!list) {
        return use.refuse(list.error());
    }
    match.states = list->states;
    match.inverted = use.inverted;
    return {};
}

void Syntax<StateMatch>::save(const StateMatch& match, std::string& out) {
    out += match.inverted ? " ! --state " : " --state ";
    append_state_list({match.states, false, false}, out);
}

void Syntax<StateMatch>::list(const StateMatch& match, bool /*numeric*/, std::string& out) {
    out += match.inverted ? " ! state " : " state ";
    append_state_list({match.states, false, false}, out);
}

}  // namespace sluice::acl::text
