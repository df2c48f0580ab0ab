// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/connsecmark.h"

#include <array>

#include "acl/tables.h"

namespace sluice::acl::text {

std::span<const Form<ConnsecmarkTarget>> Syntax<ConnsecmarkTarget>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "save", .values = 0},
        OptionSpec{.name = "restore", .values = 0},
    };
    static constexpr std::array kForms = {
        Form<ConnsecmarkTarget>{.name = "CONNSECMARK",
                                .initial = {},
                                .options = kOptions,
                                .tables = bit(TableId::mangle) | bit(TableId::security)}};
    return kForms;
}

Checked Syntax<ConnsecmarkTarget>::parse(ConnsecmarkTarget& target, const OptionUse& use) {
    if (target.mode != ConnsecmarkTarget::Mode::none) {
        return fault("CONNSECMARK: --save and --restore cannot be used together", use.begin);
    }
    target.mode = use.option == "save" ? ConnsecmarkTarget::Mode::save : ConnsecmarkTarget::Mode::restore;
    return {};
}

Checked Syntax<ConnsecmarkTarget>::finish(const ConnsecmarkTarget& target, const RuleFacts& rule) {
    if (target.mode == ConnsecmarkTarget::Mode::none) {
        return fault("CONNSECMARK: one of --save and --restore is required", rule.begin);
    }
    return {};
}

void Syntax<ConnsecmarkTarget>::save(const ConnsecmarkTarget& target, std::string& out) {
    out += target.mode == ConnsecmarkTarget::Mode::save ? " --save" : " --restore";
}

void Syntax<ConnsecmarkTarget>::list(const ConnsecmarkTarget& target, bool /*numeric*/, std::string& out) {
    out += target.mode == ConnsecmarkTarget::Mode::save ? " CONNSECMARK save" : " CONNSECMARK restore";
}

}  // namespace sluice::acl::text
