// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/icmp.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"
#include "dataplane/net/headers.h"

namespace sluice::acl::text {

namespace {

struct NamedType {
    std::string_view name;
    std::uint8_t type;
    std::uint8_t min_code;
    std::uint8_t max_code;
};

constexpr std::uint8_t kAnyType = 0xff;

/// The names of iptables 1.8.9; the first name of a pair of type and codes is the one that `-L` prints.
constexpr std::array<NamedType, 40> kTypes = {{
    {"any", kAnyType, 0, 0xff},
    {"echo-reply", 0, 0, 0xff},
    {"pong", 0, 0, 0xff},
    {"destination-unreachable", 3, 0, 0xff},
    {"network-unreachable", 3, 0, 0},
    {"host-unreachable", 3, 1, 1},
    {"protocol-unreachable", 3, 2, 2},
    {"port-unreachable", 3, 3, 3},
    {"fragmentation-needed", 3, 4, 4},
    {"source-route-failed", 3, 5, 5},
    {"network-unknown", 3, 6, 6},
    {"host-unknown", 3, 7, 7},
    {"network-prohibited", 3, 9, 9},
    {"host-prohibited", 3, 10, 10},
    {"TOS-network-unreachable", 3, 11, 11},
    {"TOS-host-unreachable", 3, 12, 12},
    {"communication-prohibited", 3, 13, 13},
    {"host-precedence-violation", 3, 14, 14},
    {"precedence-cutoff", 3, 15, 15},
    {"source-quench", 4, 0, 0xff},
    {"redirect", 5, 0, 0xff},
    {"network-redirect", 5, 0, 0},
    {"host-redirect", 5, 1, 1},
    {"TOS-network-redirect", 5, 2, 2},
    {"TOS-host-redirect", 5, 3, 3},
    {"echo-request", 8, 0, 0xff},
    {"ping", 8, 0, 0xff},
    {"router-advertisement", 9, 0, 0xff},
    {"router-solicitation", 10, 0, 0xff},
    {"time-exceeded", 11, 0, 0xff},
    {"ttl-exceeded", 11, 0, 0xff},
    {"ttl-zero-during-transit", 11, 0, 0},
    {"ttl-zero-during-reassembly", 11, 1, 1},
    {"parameter-problem", 12, 0, 0xff},
    {"ip-header-bad", 12, 0, 0},
    {"required-option-missing", 12, 1, 1},
    {"timestamp-request", 13, 0, 0xff},
    {"timestamp-reply", 14, 0, 0xff},
    {"address-mask-request", 17, 0, 0xff},
    {"address-mask-reply", 18, 0, 0xff},
}};

/// `8/0` or `5/0:1`: the numbers, taken apart.
tl::expected<IcmpMatch, std::string> parse_type_number(const std::string& text) {
    const auto type = leading_number(text);
    if (!type || type->value > 0xff) {
        return tl::unexpected(
            fmt::format("unknown ICMP type '{}': a number, type/code, or a name that "
                        "`iptables -p icmp -h` shows",
                        text));
    }
    IcmpMatch match;
    match.type = static_cast<std::uint8_t>(type->value);
    if (type->rest.empty()) {
        return match;
    }
    if (type->rest[0] == ':') {
        return tl::unexpected(std::string("a range of ICMP types is not supported"));
    }
    const std::string_view codes = type->rest.substr(1);
    const auto low = type->rest[0] == '/' ? leading_number(codes) : std::nullopt;
    if (!low || low->value > 0xff) {
        return tl::unexpected(fmt::format("unknown ICMP code in '{}': TYPE/CODE, both from 0 to 255", text));
    }
    match.min_code = match.max_code = static_cast<std::uint8_t>(low->value);
    if (low->rest.empty()) {
        return match;
    }
    const auto high = low->rest[0] == ':' ? parse_number(low->rest.substr(1), 0xff) : std::nullopt;
    if (!high) {
        return tl::unexpected(fmt::format("unknown ICMP code in '{}': TYPE/CODE, both from 0 to 255", text));
    }
    match.max_code = static_cast<std::uint8_t>(*high);
    return match;
}

tl::expected<IcmpMatch, std::string> parse_type(const std::string& text) {
    const NamedType* found = nullptr;
    for (const NamedType& known : kTypes) {
        if (!starts_with_no_case(known.name, text)) {
            continue;
        }
        if (found != nullptr) {
            return tl::unexpected(
                fmt::format("ambiguous ICMP type '{}': '{}' or '{}'?", text, found->name, known.name));
        }
        found = &known;
    }
    if (found == nullptr) {
        return parse_type_number(text);
    }
    return IcmpMatch{found->type, found->min_code, found->max_code, false};
}

}  // namespace

std::span<const Form<IcmpMatch>> Syntax<IcmpMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "icmp-type", .invertible = true, .required = true},
    };
    static constexpr std::array kForms = {
        Form<IcmpMatch>{.name = "icmp", .initial = {}, .options = kOptions, .protocol = net::kProtocolIcmp}};
    return kForms;
}

Checked Syntax<IcmpMatch>::parse(IcmpMatch& match, const OptionUse& use) {
    const auto type = parse_type(use.value());
    if (!type) {
        return use.refuse(type.error());
    }
    match = *type;
    match.inverted = use.inverted;
    return {};
}

/// As iptables: a range of codes prints its first code only, and type 255 is `any` whatever its codes.
void Syntax<IcmpMatch>::save(const IcmpMatch& match, std::string& out) {
    out += match.inverted ? " ! --icmp-type " : " --icmp-type ";
    if (match.type == kAnyType) {
        out += "any";
        return;
    }
    base::append(out, "{}", match.type);
    if (match.min_code != 0 || match.max_code != 0xff) {
        base::append(out, "/{}", match.min_code);
    }
}

void Syntax<IcmpMatch>::list(const IcmpMatch& match, bool numeric, std::string& out) {
    out += " icmp";
    for (const NamedType& known : kTypes) {
        if (!numeric && known.type == match.type && known.min_code == match.min_code &&
            known.max_code == match.max_code) {
            base::append(out, " {}{}", match.inverted ? "!" : "", known.name);
            return;
        }
    }
    base::append(out, "{}type {}", match.inverted ? " !" : "", match.type);
    if (match.min_code == match.max_code) {
        base::append(out, " code {}", match.min_code);
    } else if (match.min_code != 0 || match.max_code != 0xff) {
        base::append(out, " codes {}-{}", match.min_code, match.max_code);
    }
}

}  // namespace sluice::acl::text
