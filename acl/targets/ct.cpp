// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/ct.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "acl/tables.h"

namespace sluice::acl::text {

std::span<const Form<CtTarget>> Syntax<CtTarget>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "notrack", .values = 0},
        OptionSpec{.name = "helper", .built = false},
        OptionSpec{.name = "timeout", .built = false},
        OptionSpec{.name = "ctevents", .built = false},
        OptionSpec{.name = "expevents", .built = false},
        OptionSpec{.name = "zone", .built = false},
        OptionSpec{.name = "zone-orig", .built = false},
        OptionSpec{.name = "zone-reply", .built = false},
    };
    static constexpr std::array kForms = {
        Form<CtTarget>{.name = "CT", .initial = {}, .options = kOptions, .tables = bit(TableId::raw)},
        Form<CtTarget>{.name = "NOTRACK",
                       .initial = {.notrack = true, .is_alias = true},
                       .options = {},
                       .tables = bit(TableId::raw)},
    };
    return kForms;
}

std::size_t Syntax<CtTarget>::form_of(const CtTarget& target) { return target.is_alias ? 1 : 0; }

/// `-L` knows one name, `-S` both.
std::string_view Syntax<CtTarget>::list_name(const CtTarget& /*target*/) { return "CT"; }

Checked Syntax<CtTarget>::parse(CtTarget& target, const OptionUse& /*use*/) {
    target.notrack = true;
    return {};
}

void Syntax<CtTarget>::save(const CtTarget& target, std::string& out) { out += target.notrack && !target.is_alias ? " --notrack" : ""; }

void Syntax<CtTarget>::list(const CtTarget& target, bool /*numeric*/, std::string& out) {
    out += target.is_alias ? " NOTRACK" : target.notrack ? " CT notrack" : " CT";
}

}  // namespace sluice::acl::text
