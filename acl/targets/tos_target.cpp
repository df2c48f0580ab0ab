// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/tos_target.h"

#include <fmt/core.h>

#include <array>

#include "acl/matches/tos.h"
#include "acl/tables.h"
#include "acl/text/numbers.h"
#include "acl/text/tos_text.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

std::span<const Form<TosTarget>> Syntax<TosTarget>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "set-tos"}, OptionSpec{.name = "and-tos"},
                                            OptionSpec{.name = "or-tos"}, OptionSpec{.name = "xor-tos"}};
    static constexpr std::array kForms = {Form<TosTarget>{
        .name = "TOS", .initial = {}, .options = kOptions, .tables = bit(TableId::mangle)}};
    return kForms;
}

Checked Syntax<TosTarget>::parse(TosTarget& target, const OptionUse& use) {
    if (target.is_given) {
        return fault("TOS: only one of --set-tos, --and-tos, --or-tos and --xor-tos can be used", use.begin);
    }
    if (use.option == "set-tos") {
        const auto tos = parse_tos(use.value());
        if (!tos) {
            return use.refuse(fmt::format("invalid type of service '{}': {}", use.value(), kTosHelp));
        }
        target = {tos->value, tos->mask, true};
        return {};
    }
    const auto bits = parse_number(use.value(), 0xff);
    if (!bits) {
        return use.refuse(fmt::format("invalid bits '{}': a number from 0 to 255", use.value()));
    }
    const auto value = static_cast<std::uint8_t>(*bits);
    if (use.option == "and-tos") {
        target = {0, static_cast<std::uint8_t>(~value), true};
    } else {
        target = {value, use.option == "or-tos" ? value : std::uint8_t{0}, true};
    }
    return {};
}

Checked Syntax<TosTarget>::finish(const TosTarget& target, const RuleFacts& rule) {
    if (!target.is_given) {
        return fault("TOS: one of --set-tos, --and-tos, --or-tos and --xor-tos is required", rule.begin);
    }
    return {};
}

void Syntax<TosTarget>::save(const TosTarget& target, std::string& out) {
    base::append(out, " --set-tos 0x{:02x}/0x{:02x}", target.value, target.mask);
}

/// With blanks where iptables has them: two before a name, none behind "set".
void Syntax<TosTarget>::list(const TosTarget& target, bool numeric, std::string& out) {
    if (const std::string_view name = tos_name({target.value, target.mask}); !numeric && !name.empty()) {
        base::append(out, "  TOS set{}", name);
        return;
    }
    const auto print = [&](std::string_view word, unsigned value) {
        base::append(out, " TOS {} 0x{:02x}", word, value);
    };
    if (!numeric && target.value == 0) {
        return print("and", static_cast<std::uint8_t>(~target.mask));
    }
    if (!numeric && target.value == target.mask) {
        return print("or", target.value);
    }
    if (!numeric && target.mask == 0) {
        return print("xor", target.value);
    }
    base::append(out, " TOS set 0x{:02x}/0x{:02x}", target.value, target.mask);
}

}  // namespace sluice::acl::text
