// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/tos_text.h"

#include <array>

#include "acl/text/numbers.h"
#include "acl/text/syntax.h"

namespace sluice::acl::text {

namespace {

/// The names of RFC 1349 say nothing about the precedence bits.
constexpr std::uint8_t kNamedMask = 0x3f;

struct Named {
    std::string_view name;
    std::uint8_t value;
};

constexpr std::array<Named, 5> kServices = {{
    {"Minimize-Delay", 0x10},
    {"Maximize-Throughput", 0x08},
    {"Maximize-Reliability", 0x04},
    {"Minimize-Cost", 0x02},
    {"Normal-Service", 0x00},
}};

/// RFC 2474, 2597, 3246.
constexpr std::array<Named, 22> kClasses = {{
    {"CS0", 0x00},  {"CS1", 0x08},  {"CS2", 0x10},  {"CS3", 0x18},  {"CS4", 0x20},  {"CS5", 0x28},
    {"CS6", 0x30},  {"CS7", 0x38},  {"BE", 0x00},   {"AF11", 0x0a}, {"AF12", 0x0c}, {"AF13", 0x0e},
    {"AF21", 0x12}, {"AF22", 0x14}, {"AF23", 0x16}, {"AF31", 0x1a}, {"AF32", 0x1c}, {"AF33", 0x1e},
    {"AF41", 0x22}, {"AF42", 0x24}, {"AF43", 0x26}, {"EF", 0x2e},
}};

template <std::size_t N>
std::optional<std::uint8_t> value_of(const std::array<Named, N>& names, std::string_view name) {
    for (const Named& known : names) {
        if (known.name.size() == name.size() && starts_with_no_case(known.name, name)) {
            return known.value;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<MaskedTos> parse_tos(std::string_view text) {
    if (const auto service = value_of(kServices, text)) {
        return MaskedTos{*service, kNamedMask};
    }
    const std::size_t slash = text.find('/');
    const auto value = parse_number(text.substr(0, slash), 0xff);
    const auto mask =
        slash == std::string_view::npos ? std::optional(0xffU) : parse_number(text.substr(slash + 1), 0xff);
    if (!value || !mask) {
        return std::nullopt;
    }
    return MaskedTos{static_cast<std::uint8_t>(*value), static_cast<std::uint8_t>(*mask)};
}

std::string_view tos_name(const MaskedTos& tos) {
    for (const Named& known : kServices) {
        if (tos.mask == kNamedMask && tos.value == known.value) {
            return known.name;
        }
    }
    return {};
}

std::optional<std::uint32_t> parse_dscp_class(std::string_view name) {
    const auto value = value_of(kClasses, name);
    return value ? std::optional<std::uint32_t>(*value) : std::nullopt;
}

}  // namespace sluice::acl::text
