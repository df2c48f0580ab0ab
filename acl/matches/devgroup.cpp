// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/devgroup.h"

#include <fmt/core.h>

#include <array>

#include "acl/tables.h"
#include "acl/text/named_numbers.h"

namespace sluice::acl::text {

namespace {

void append(std::string_view label, const DevgroupMatch::Side& side, bool numeric, std::string& out) {
    if (!side.is_asked) {
        return;
    }
    out += side.inverted ? " ! " : " ";
    out += label;
    out += ' ';
    append_named_number(side.group, kGroupNames, numeric, out);
}

}  // namespace

std::span<const Form<DevgroupMatch>> Syntax<DevgroupMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "src-group", .invertible = true},
        OptionSpec{.name = "dst-group", .invertible = true},
    };
    static constexpr std::array kForms = {
        Form<DevgroupMatch>{.name = "devgroup", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<DevgroupMatch>::parse(DevgroupMatch& match, const OptionUse& use) {
    const auto group = parse_named_number(use.value(), kGroupNames);
    if (!group) {
        return use.refuse(fmt::format("invalid group '{}': a number, NUMBER/MASK, or a name of {}",
                                      use.value(), kGroupNames));
    }
    (use.option == "src-group" ? match.in : match.out) = {true, use.inverted, *group};
    return {};
}

Checked Syntax<DevgroupMatch>::finish(const DevgroupMatch& match, const RuleFacts& rule) {
    return match.in.is_asked || match.out.is_asked
               ? Checked{}
               : fault("devgroup: one of --src-group and --dst-group is required", rule.begin);
}

/// Where something comes in, and where it is known by which interface it leaves.
std::uint8_t Syntax<DevgroupMatch>::hooks(const DevgroupMatch& match) {
    unsigned hooks = 0xff;
    if (match.in.is_asked) {
        hooks &= ~(unsigned{bit(Hook::output)} | bit(Hook::postrouting));
    }
    if (match.out.is_asked) {
        hooks &= ~(unsigned{bit(Hook::prerouting)} | bit(Hook::input));
    }
    return static_cast<std::uint8_t>(hooks);
}

void Syntax<DevgroupMatch>::save(const DevgroupMatch& match, std::string& out) {
    append("--src-group", match.in, false, out);
    append("--dst-group", match.out, false, out);
}

void Syntax<DevgroupMatch>::list(const DevgroupMatch& match, bool numeric, std::string& out) {
    append("src-group", match.in, numeric, out);
    append("dst-group", match.out, numeric, out);
}

}  // namespace sluice::acl::text
