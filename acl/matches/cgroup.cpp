// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/cgroup.h"

#include <fmt/core.h>

#include <array>

#include "acl/tables.h"
#include "acl/text/numbers.h"
#include "acl/text/quoting.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

constexpr std::size_t kLongestPath = 511;

}  // namespace

std::span<const Form<CgroupMatch>> Syntax<CgroupMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "cgroup", .invertible = true},
        OptionSpec{.name = "path", .invertible = true},
    };
    static const std::array kForms = {
        Form<CgroupMatch>{.name = "cgroup",
                          .initial = {},
                          .options = kOptions,
                          .hooks = static_cast<std::uint8_t>(unsigned{bit(Hook::input)} | bit(Hook::output) |
                                                             bit(Hook::postrouting))}};
    return kForms;
}

Checked Syntax<CgroupMatch>::parse(CgroupMatch& match, const OptionUse& use) {
    if (match.id || !match.path.empty()) {
        return fault("cgroup: only one of --cgroup and --path can be used", use.begin);
    }
    match.inverted = use.inverted;
    if (use.option == "path") {
        if (use.value().empty() || use.value().size() > kLongestPath) {
            return use.refuse(fmt::format("cgroup: a path of 1 to {} characters", kLongestPath));
        }
        match.path = use.value();
        return {};
    }
    match.id = parse_number(use.value(), 0xffffffffU);
    return match.id
               ? Checked{}
               : use.refuse(fmt::format("invalid cgroup '{}': a number from 0 to 4294967295", use.value()));
}

Checked Syntax<CgroupMatch>::finish(const CgroupMatch& match, const RuleFacts& rule) {
    return match.id || !match.path.empty()
               ? Checked{}
               : fault("cgroup: one of --cgroup and --path is required", rule.begin);
}

void Syntax<CgroupMatch>::save(const CgroupMatch& match, std::string& out) {
    const std::string_view sign = match.inverted ? " !" : "";
    if (match.id) {
        base::append(out, "{} --cgroup {}", sign, *match.id);
    } else {
        base::append(out, "{} --path ", sign);
        append_quoted(match.path, out);
    }
}

void Syntax<CgroupMatch>::list(const CgroupMatch& match, bool /*numeric*/, std::string& out) {
    out += match.inverted ? " cgroup ! " : " cgroup ";
    out += match.id ? fmt::format("{}", *match.id) : match.path;
}

}  // namespace sluice::acl::text
