// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/dscp_target.h"

#include <fmt/core.h>

#include <array>

#include "acl/tables.h"
#include "acl/text/numbers.h"
#include "acl/text/tos_text.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

std::span<const Form<DscpTarget>> Syntax<DscpTarget>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "set-dscp"}, OptionSpec{.name = "set-dscp-class"}};
    static constexpr std::array kForms = {Form<DscpTarget>{
        .name = "DSCP", .initial = {}, .options = kOptions, .tables = bit(TableId::mangle)}};
    return kForms;
}

Checked Syntax<DscpTarget>::parse(DscpTarget& target, const OptionUse& use) {
    if (target.is_given) {
        return fault("DSCP: --set-dscp and --set-dscp-class cannot be used together", use.begin);
    }
    const auto dscp = use.option == "set-dscp" ? parse_number(use.value(), 0x3f) : parse_dscp_class(use.value());
    if (!dscp) {
        return use.refuse(use.option == "set-dscp"
                              ? fmt::format("invalid DSCP '{}': a number from 0 to 63", use.value())
                              : fmt::format("unknown DSCP class '{}': {}", use.value(), kDscpClassHelp));
    }
    target = {static_cast<std::uint8_t>(*dscp), true};
    return {};
}

Checked Syntax<DscpTarget>::finish(const DscpTarget& target, const RuleFacts& rule) {
    if (!target.is_given) {
        return fault("DSCP: --set-dscp or --set-dscp-class is required", rule.begin);
    }
    return {};
}

void Syntax<DscpTarget>::save(const DscpTarget& target, std::string& out) {
    base::append(out, " --set-dscp 0x{:02x}", target.dscp);
}

void Syntax<DscpTarget>::list(const DscpTarget& target, bool /*numeric*/, std::string& out) {
    base::append(out, " DSCP set 0x{:02x}", target.dscp);
}

}  // namespace sluice::acl::text
