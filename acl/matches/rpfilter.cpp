// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/rpfilter.h"

#include <array>
#include <string_view>

#include "acl/tables.h"

namespace sluice::acl::text {

namespace {

struct NamedFlag {
    std::string_view name;
    bool RpfilterMatch::*flag;
};
/// In the order in which they are printed.
constexpr std::array<NamedFlag, 4> kFlags = {{
    {"loose", &RpfilterMatch::is_loose},
    {"validmark", &RpfilterMatch::uses_mark},
    {"accept-local", &RpfilterMatch::accepts_local},
    {"invert", &RpfilterMatch::inverted},
}};

void append(const RpfilterMatch& match, std::string_view prefix, std::string& out) {
    for (const NamedFlag& one : kFlags) {
        if (match.*one.flag) {
            out += prefix;
            out += one.name;
        }
    }
}

}  // namespace

std::span<const Form<RpfilterMatch>> Syntax<RpfilterMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "loose", .values = 0},
        OptionSpec{.name = "validmark", .values = 0},
        OptionSpec{.name = "accept-local", .values = 0},
        OptionSpec{.name = "invert", .values = 0},
    };
    static constexpr std::array kForms = {Form<RpfilterMatch>{
        .name = "rpfilter",
        .initial = {},
        .options = kOptions,
        .tables = static_cast<std::uint8_t>(unsigned{bit(TableId::raw)} | bit(TableId::mangle)),
        .hooks = bit(Hook::prerouting)}};
    return kForms;
}

Checked Syntax<RpfilterMatch>::parse(RpfilterMatch& match, const OptionUse& use) {
    for (const NamedFlag& one : kFlags) {
        if (one.name == use.option) {
            match.*one.flag = true;
        }
    }
    return {};
}

void Syntax<RpfilterMatch>::save(const RpfilterMatch& match, std::string& out) {
    append(match, " --", out);
}

void Syntax<RpfilterMatch>::list(const RpfilterMatch& match, bool /*numeric*/, std::string& out) {
    out += " rpfilter";
    append(match, " ", out);
}

}  // namespace sluice::acl::text
