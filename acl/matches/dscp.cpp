// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/dscp.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/numbers.h"
#include "acl/text/tos_text.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

std::span<const Form<DscpMatch>> Syntax<DscpMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "dscp", .invertible = true},
        OptionSpec{.name = "dscp-class", .invertible = true},
    };
    static constexpr std::array kForms = {
        Form<DscpMatch>{.name = "dscp", .initial = {}, .options = kOptions, .needs_an_option = true}};
    return kForms;
}

Checked Syntax<DscpMatch>::parse(DscpMatch& match, const OptionUse& use) {
    if (match.is_given) {
        return fault("dscp: --dscp and --dscp-class cannot be used together", use.begin);
    }
    const bool is_class = use.option == "dscp-class";
    const auto dscp = is_class ? parse_dscp_class(use.value()) : parse_number(use.value(), 0x3f);
    if (!dscp) {
        return use.refuse(
            is_class ? fmt::format("unknown DSCP class '{}': {}", use.value(), kDscpClassHelp)
                     : fmt::format("invalid DSCP '{}': a number from 0 to 63", use.value()));
    }
    match = {static_cast<std::uint8_t>(*dscp), use.inverted, true};
    return {};
}

void Syntax<DscpMatch>::save(const DscpMatch& match, std::string& out) {
    base::append(out, "{} --dscp 0x{:02x}", match.inverted ? " !" : "", match.dscp);
}

void Syntax<DscpMatch>::list(const DscpMatch& match, bool /*numeric*/, std::string& out) {
    base::append(out, " DSCP match {}0x{:02x}", match.inverted ? "!" : "", match.dscp);
}

}  // namespace sluice::acl::text
