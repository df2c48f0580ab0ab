// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/mark.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/mark_text.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

std::span<const Form<MarkTarget>> Syntax<MarkTarget>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "set-xmark"}, OptionSpec{.name = "set-mark"}, OptionSpec{.name = "and-mark"},
        OptionSpec{.name = "or-mark"},   OptionSpec{.name = "xor-mark"},
    };
    static constexpr std::array kForms = {
        Form<MarkTarget>{.name = "MARK", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<MarkTarget>::parse(MarkTarget& target, const OptionUse& use) {
    if (target.is_given) {
        return fault("MARK: only one of --set-mark, --set-xmark, --and-mark, --or-mark and --xor-mark can be used",
                     use.begin);
    }
    const auto change = parse_mark_change(use.option, use.value());
    if (!change) {
        return use.refuse(fmt::format("invalid mark '{}': a number from 0 to 0xffffffff{}", use.value(),
                                      use.option.starts_with("set") ? ", or VALUE/MASK" : ""));
    }
    target = {change->value, change->mask, true};
    return {};
}

Checked Syntax<MarkTarget>::finish(const MarkTarget& target, const RuleFacts& rule) {
    if (!target.is_given) {
        return fault("MARK: one of --set-mark, --set-xmark, --and-mark, --or-mark and --xor-mark is required",
                     rule.begin);
    }
    return {};
}

void Syntax<MarkTarget>::save(const MarkTarget& target, std::string& out) {
    base::append(out, " --set-xmark 0x{:x}/0x{:x}", target.value, target.mask);
}

void Syntax<MarkTarget>::list(const MarkTarget& target, bool /*numeric*/, std::string& out) {
    out += " MARK";
    append_mark_change({target.value, target.mask}, out);
}

}  // namespace sluice::acl::text
