// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/led.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

/// Always in quotes; iptables escapes fewer characters here than elsewhere.
void append_trigger(const LedTarget& target, std::string& out) {
    out.push_back('"');
    for (const char c : target.trigger) {
        if (c == '"' || c == '\\') {
            out.push_back('\\');
        }
        out.push_back(c);
    }
    out.push_back('"');
}

}  // namespace

std::span<const Form<LedTarget>> Syntax<LedTarget>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "led-trigger-id", .required = true},
        OptionSpec{.name = "led-delay"},
        OptionSpec{.name = "led-always-blink", .values = 0},
    };
    static const std::array kForms = {Form<LedTarget>{.name = "LED", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<LedTarget>::parse(LedTarget& target, const OptionUse& use) {
    constexpr std::size_t kMaxTrigger = 16;
    constexpr std::uint32_t kMaxDelay = 0x7fffffff;  // iptables prints more as a negative number
    if (use.option == "led-always-blink") {
        target.always_blink = true;
    } else if (use.option == "led-trigger-id") {
        if (use.value().size() > kMaxTrigger) {
            return use.refuse(
                fmt::format("trigger '{}' is too long: at most {} characters", use.value(), kMaxTrigger));
        }
        target.trigger = use.value();
    } else if (starts_with_no_case(use.value(), "inf")) {
        target.delay_ms = LedTarget::kForever;
    } else {
        const auto number = parse_number(use.value(), kMaxDelay);
        if (!number) {
            return use.refuse(
                fmt::format("invalid delay '{}': milliseconds from 0 to {}, or inf", use.value(), kMaxDelay));
        }
        target.delay_ms = *number;
    }
    return {};
}

void Syntax<LedTarget>::save(const LedTarget& target, std::string& out) {
    out += " --led-trigger-id ";
    append_trigger(target, out);
    if (target.delay_ms == LedTarget::kForever) {
        out += " --led-delay inf";
    } else if (target.delay_ms != 0) {
        base::append(out, " --led-delay {}", target.delay_ms);
    }
    out += target.always_blink ? " --led-always-blink" : "";
}

void Syntax<LedTarget>::list(const LedTarget& target, bool /*numeric*/, std::string& out) {
    out += " led-trigger-id:";
    append_trigger(target, out);
    if (target.delay_ms == LedTarget::kForever) {
        out += " led-delay:inf";
    } else {
        base::append(out, " led-delay:{}ms", target.delay_ms);
    }
    out += target.always_blink ? " led-always-blink" : "";
}

}  // namespace sluice::acl::text
