// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/tos.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "acl/text/numbers.h"

namespace sluice::acl::text {

namespace {

/// The names of RFC 1349, which leave the precedence bits open.
constexpr std::uint8_t kNamedMask = 0x3f;

struct NamedTos {
    std::string_view name;
    std::uint8_t value;
};

constexpr std::array<NamedTos, 5> kNames = {{
    {"Minimize-Delay", 0x10},
    {"Maximize-Throughput", 0x08},
    {"Maximize-Reliability", 0x04},
    {"Minimize-Cost", 0x02},
    {"Normal-Service", 0x00},
}};

/// Returns false where `text` is no such value.
bool parse_tos(std::string_view text, TosMatch& match) {
    for (const NamedTos& known : kNames) {
        if (known.name.size() == text.size() && starts_with_no_case(known.name, text)) {
            match.value = known.value;
            match.mask = kNamedMask;
            return true;
        }
    }
    const std::size_t slash = text.find('/');
    const auto value = parse_number(text.substr(0, slash), 0xff);
    const auto mask =
        slash == std::string_view::npos ? std::optional(0xffU) : parse_number(text.substr(slash + 1), 0xff);
    if (!value || !mask) {
        return false;
    }
    match.value = static_cast<std::uint8_t>(*value);
    match.mask = static_cast<std::uint8_t>(*mask);
    return true;
}

}  // namespace

std::span<const Form<TosMatch>> Syntax<TosMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "tos", .invertible = true, .required = true},
    };
    static constexpr std::array kForms = {Form<TosMatch>{.name = "tos", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<TosMatch>::parse(TosMatch& match, const OptionUse& use) {
    if (!parse_tos(use.value(), match)) {
        return use.refuse(fmt::format("invalid type of service '{}': VALUE, VALUE/MASK (0 to 255), or one of "
                                      "Minimize-Delay, Maximize-Throughput, Maximize-Reliability, Minimize-Cost, "
                                      "Normal-Service",
                                      use.value()));
    }
    match.inverted = use.inverted;
    return {};
}

void Syntax<TosMatch>::save(const TosMatch& match, std::string& out) {
    fmt::format_to(std::back_inserter(out), "{} --tos 0x{:02x}/0x{:02x}", match.inverted ? " !" : "",
                   match.value, match.mask);
}

/// Without the blank that one would expect, as iptables prints it.
void Syntax<TosMatch>::list(const TosMatch& match, bool numeric, std::string& out) {
    out += " tos match";
    out += match.inverted ? "!" : "";
    for (const NamedTos& known : kNames) {
        if (!numeric && match.mask == kNamedMask && match.value == known.value) {
            out += ' ';
            out += known.name;
            return;
        }
    }
    fmt::format_to(std::back_inserter(out), "0x{:02x}/0x{:02x}", match.value, match.mask);
}

}  // namespace sluice::acl::text
