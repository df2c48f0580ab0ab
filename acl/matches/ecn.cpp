// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/ecn.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"
#include "dataplane/net/headers.h"

namespace sluice::acl::text {

namespace {

using Ask = EcnMatch::Ask;

/// ` ! NAME`, ` !NAME`; nothing for what is not asked.
void append(Ask ask, std::string_view negation, std::string_view name, std::string& out) {
    if (ask != Ask::nothing) {
        base::append(out, " {}{}", ask == Ask::clear ? negation : "", name);
    }
}

}  // namespace

std::span<const Form<EcnMatch>> Syntax<EcnMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "ecn-tcp-cwr", .values = 0, .invertible = true},
        OptionSpec{.name = "ecn-tcp-ece", .values = 0, .invertible = true},
        OptionSpec{.name = "ecn-ip-ect", .invertible = true},
    };
    static constexpr std::array kForms = {
        Form<EcnMatch>{.name = "ecn", .initial = {}, .options = kOptions, .needs_an_option = true}};
    return kForms;
}

Checked Syntax<EcnMatch>::parse(EcnMatch& match, const OptionUse& use) {
    const Ask ask = use.inverted ? Ask::clear : Ask::set;
    if (use.option == "ecn-tcp-cwr") {
        match.cwr = ask;
        return {};
    }
    if (use.option == "ecn-tcp-ece") {
        match.ece = ask;
        return {};
    }
    const auto value = parse_number(use.value(), 3);
    if (!value) {
        return use.refuse(fmt::format("invalid ECT '{}': a number from 0 to 3", use.value()));
    }
    match.ect = ask;
    match.ect_value = static_cast<std::uint8_t>(*value);
    return {};
}

Checked Syntax<EcnMatch>::finish(const EcnMatch& match, const RuleFacts& rule) {
    const bool is_tcp = rule.protocol == net::kProtocolTcp && !rule.protocol_inverted;
    if ((match.cwr != Ask::nothing || match.ece != Ask::nothing) && !is_tcp) {
        return fault("ecn: --ecn-tcp-cwr and --ecn-tcp-ece require '-p tcp'", rule.begin);
    }
    return {};
}

void Syntax<EcnMatch>::save(const EcnMatch& match, std::string& out) {
    append(match.ece, "! ", "--ecn-tcp-ece", out);
    append(match.cwr, "! ", "--ecn-tcp-cwr", out);
    append(match.ect, "! ", fmt::format("--ecn-ip-ect {}", match.ect_value), out);
}

void Syntax<EcnMatch>::list(const EcnMatch& match, bool /*numeric*/, std::string& out) {
    out += " ECN match";
    append(match.ece, "!", "ECE", out);
    append(match.cwr, "!", "CWR", out);
    append(match.ect, "!", fmt::format("ECT={}", match.ect_value), out);
}

}  // namespace sluice::acl::text
