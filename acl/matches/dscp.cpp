// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/dscp.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <optional>

#include "acl/text/numbers.h"

namespace sluice::acl::text {

namespace {

struct NamedClass {
    std::string_view name;
    std::uint8_t dscp;
};

/// RFC 2474, 2597, 3246.
constexpr std::array<NamedClass, 22> kClasses = {{
    {"CS0", 0x00},  {"CS1", 0x08},  {"CS2", 0x10},  {"CS3", 0x18},  {"CS4", 0x20},  {"CS5", 0x28},
    {"CS6", 0x30},  {"CS7", 0x38},  {"BE", 0x00},   {"AF11", 0x0a}, {"AF12", 0x0c}, {"AF13", 0x0e},
    {"AF21", 0x12}, {"AF22", 0x14}, {"AF23", 0x16}, {"AF31", 0x1a}, {"AF32", 0x1c}, {"AF33", 0x1e},
    {"AF41", 0x22}, {"AF42", 0x24}, {"AF43", 0x26}, {"EF", 0x2e},
}};

std::optional<std::uint32_t> class_of(std::string_view name) {
    for (const NamedClass& known : kClasses) {
        if (known.name.size() == name.size() && starts_with_no_case(known.name, name)) {
            return known.dscp;
        }
    }
    return std::nullopt;
}

}  // namespace

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
    const auto dscp = is_class ? class_of(use.value()) : parse_number(use.value(), 0x3f);
    if (!dscp) {
        return use.refuse(
            is_class ? fmt::format("unknown DSCP class '{}': BE, EF, AF11 to AF43, CS0 to CS7", use.value())
                     : fmt::format("invalid DSCP '{}': a number from 0 to 63", use.value()));
    }
    match = {static_cast<std::uint8_t>(*dscp), use.inverted, true};
    return {};
}

void Syntax<DscpMatch>::save(const DscpMatch& match, std::string& out) {
    fmt::format_to(std::back_inserter(out), "{} --dscp 0x{:02x}", match.inverted ? " !" : "", match.dscp);
}

void Syntax<DscpMatch>::list(const DscpMatch& match, bool /*numeric*/, std::string& out) {
    fmt::format_to(std::back_inserter(out), " DSCP match {}0x{:02x}", match.inverted ? "!" : "", match.dscp);
}

}  // namespace sluice::acl::text
