// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/idletimer.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/bare_name.h"
#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

std::span<const Form<IdletimerTarget>> Syntax<IdletimerTarget>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "timeout", .required = true},
        OptionSpec{.name = "label", .required = true},
        OptionSpec{.name = "alarm", .values = 0},
    };
    static const std::array kForms = {
        Form<IdletimerTarget>{.name = "IDLETIMER", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<IdletimerTarget>::parse(IdletimerTarget& target, const OptionUse& use) {
    constexpr std::size_t kMaxLabel = 27;
    constexpr std::uint32_t kMaxTimeout = 0x7fffffff / 1000;  // the kernel's, so that it fits in milliseconds
    if (use.option == "alarm") {
        target.alarm = true;
    } else if (use.option == "label") {
        if (auto checked = check_bare_name("label", kMaxLabel, use); !checked) {
            return checked;
        }
        target.label = use.value();
    } else {
        const auto number = parse_number(use.value(), kMaxTimeout);
        if (!number || *number == 0) {
            return use.refuse(fmt::format("invalid timeout '{}': a number of seconds from 1 to {}",
                                          use.value(), kMaxTimeout));
        }
        target.timeout_s = *number;
    }
    return {};
}

void Syntax<IdletimerTarget>::save(const IdletimerTarget& target, std::string& out) {
    base::append(out, " --timeout {} --label {}{}", target.timeout_s, target.label,
                 target.alarm ? " --alarm" : "");
}

void Syntax<IdletimerTarget>::list(const IdletimerTarget& target, bool /*numeric*/, std::string& out) {
    base::append(out, " timeout:{} label:{}{}", target.timeout_s, target.label, target.alarm ? " alarm" : "");
}

}  // namespace sluice::acl::text
