// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/mac.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <optional>

#include "acl/tables.h"

namespace sluice::acl::text {

namespace {

/// Up to two hexadecimal digits; none at all are 0, as for iptables.
std::optional<std::uint8_t> parse_byte(std::string_view text) {
    if (text.size() > 2) {
        return std::nullopt;
    }
    unsigned value = 0;
    for (const char c : text) {
        const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
        if ((lower < '0' || lower > '9') && (lower < 'a' || lower > 'f')) {
            return std::nullopt;
        }
        value = value * 16 + static_cast<unsigned>(lower <= '9' ? lower - '0' : lower - 'a' + 10);
    }
    return static_cast<std::uint8_t>(value);
}

std::optional<net::MacAddress> parse_mac(std::string_view text) {
    net::MacAddress mac;
    for (std::size_t i = 0; i < mac.bytes.size(); ++i) {
        const bool is_last = i + 1 == mac.bytes.size();
        const std::size_t colon = is_last ? std::string_view::npos : text.find(':');
        const auto byte = parse_byte(text.substr(0, colon));
        if (!byte || (!is_last && colon == std::string_view::npos)) {
            return std::nullopt;
        }
        mac.bytes[i] = *byte;
        text.remove_prefix(is_last ? text.size() : colon + 1);
    }
    return mac;
}

void append_mac(const net::MacAddress& mac, std::string& out) {
    for (std::size_t i = 0; i < mac.bytes.size(); ++i) {
        fmt::format_to(std::back_inserter(out), "{}{:02x}", i == 0 ? "" : ":", mac.bytes[i]);
    }
}

}  // namespace

std::span<const Form<MacMatch>> Syntax<MacMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "mac-source", .invertible = true, .required = true},
    };
    static constexpr std::array kForms = {
        Form<MacMatch>{.name = "mac",
                       .initial = {},
                       .options = kOptions,
                       .hooks = bit(Hook::prerouting) | bit(Hook::input) | bit(Hook::forward)}};
    return kForms;
}

Checked Syntax<MacMatch>::parse(MacMatch& match, const OptionUse& use) {
    const auto mac = parse_mac(use.value());
    if (!mac) {
        return use.refuse(
            fmt::format("invalid MAC address '{}': six bytes such as 00:11:22:aa:bb:cc", use.value()));
    }
    match = {*mac, use.inverted};
    return {};
}

void Syntax<MacMatch>::save(const MacMatch& match, std::string& out) {
    out += match.inverted ? " ! --mac-source " : " --mac-source ";
    append_mac(match.source, out);
}

void Syntax<MacMatch>::list(const MacMatch& match, bool /*numeric*/, std::string& out) {
    out += match.inverted ? " MAC ! " : " MAC ";
    append_mac(match.source, out);
}

}  // namespace sluice::acl::text
