// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/realm.h"

#include <fmt/core.h>

#include <array>

#include "acl/tables.h"
#include "acl/text/named_numbers.h"

namespace sluice::acl::text {

std::span<const Form<RealmMatch>> Syntax<RealmMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "realm", .invertible = true, .required = true}};
    static constexpr std::array kForms = {
        Form<RealmMatch>{.name = "realm",
                         .initial = {},
                         .options = kOptions,
                         .hooks = static_cast<std::uint8_t>(0xffU & ~unsigned{bit(Hook::prerouting)})}};
    return kForms;
}

Checked Syntax<RealmMatch>::parse(RealmMatch& match, const OptionUse& use) {
    const auto realm = parse_named_number(use.value(), kRealmNames);
    if (!realm) {
        return use.refuse(fmt::format("invalid realm '{}': a number, NUMBER/MASK, or a name of {}",
                                      use.value(), kRealmNames));
    }
    match = {*realm, use.inverted};
    return {};
}

void Syntax<RealmMatch>::save(const RealmMatch& match, std::string& out) {
    out += match.inverted ? " ! --realm " : " --realm ";
    append_named_number(match.realm, kRealmNames, false, out);
}

void Syntax<RealmMatch>::list(const RealmMatch& match, bool numeric, std::string& out) {
    out += match.inverted ? " ! realm " : " realm ";
    append_named_number(match.realm, kRealmNames, numeric, out);
}

}  // namespace sluice::acl::text
