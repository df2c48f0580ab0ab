// SPDX-License-Identifier: BSD-3-Clause
#include "acl/sets/port_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "acl/sets/element_text.h"
#include "acl/text/names.h"

namespace sluice::acl::sets {

namespace {

constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kIcmp6 = 58;

struct IcmpName {
    std::string_view name;
    std::uint8_t type;
    std::uint8_t code;
};

constexpr std::array<IcmpName, 34> kIcmpNames = {{
    {"echo-reply", 0, 0},
    {"pong", 0, 0},
    {"network-unreachable", 3, 0},
    {"host-unreachable", 3, 1},
    {"protocol-unreachable", 3, 2},
    {"port-unreachable", 3, 3},
    {"fragmentation-needed", 3, 4},
    {"source-route-failed", 3, 5},
    {"network-unknown", 3, 6},
    {"host-unknown", 3, 7},
    {"network-prohibited", 3, 9},
    {"host-prohibited", 3, 10},
    {"TOS-network-unreachable", 3, 11},
    {"TOS-host-unreachable", 3, 12},
    {"communication-prohibited", 3, 13},
    {"host-precedence-violation", 3, 14},
    {"precedence-cutoff", 3, 15},
    {"source-quench", 4, 0},
    {"network-redirect", 5, 0},
    {"host-redirect", 5, 1},
    {"TOS-network-redirect", 5, 2},
    {"TOS-host-redirect", 5, 3},
    {"echo-request", 8, 0},
    {"ping", 8, 0},
    {"router-advertisement", 9, 0},
    {"router-solicitation", 10, 0},
    {"ttl-zero-during-transit", 11, 0},
    {"ttl-zero-during-reassembly", 11, 1},
    {"ip-header-bad", 12, 0},
    {"required-option-missing", 12, 1},
    {"timestamp-request", 13, 0},
    {"timestamp-reply", 14, 0},
    {"address-mask-request", 17, 0},
    {"address-mask-reply", 18, 0},
}};

constexpr std::array<IcmpName, 19> kIcmp6Names = {{
    {"no-route", 1, 0},
    {"communication-prohibited", 1, 1},
    {"address-unreachable", 1, 3},
    {"port-unreachable", 1, 4},
    {"packet-too-big", 2, 0},
    {"ttl-zero-during-transit", 3, 0},
    {"ttl-zero-during-reassembly", 3, 1},
    {"bad-header", 4, 0},
    {"unknown-header-type", 4, 1},
    {"unknown-option", 4, 2},
    {"echo-request", 128, 0},
    {"ping", 128, 0},
    {"echo-reply", 129, 0},
    {"pong", 129, 0},
    {"router-solicitation", 133, 0},
    {"router-advertisement", 134, 0},
    {"neighbour-solicitation", 135, 0},
    {"neighbour-advertisement", 136, 0},
    {"redirect", 137, 0},
}};

std::span<const IcmpName> names_of(std::uint8_t protocol) {
    return protocol == kIcmp ? std::span<const IcmpName>(kIcmpNames) : std::span<const IcmpName>(kIcmp6Names);
}

tl::expected<std::uint16_t, std::string> parse_icmp(std::string_view text, std::uint8_t protocol) {
    for (const IcmpName& one : names_of(protocol)) {
        if (one.name == text) {
            return static_cast<std::uint16_t>(one.type << 8U | one.code);
        }
    }
    const std::size_t slash = text.find('/');
    if (slash != std::string_view::npos) {
        const auto type = parse_set_number(text.substr(0, slash), 255);
        const auto code = parse_set_number(text.substr(slash + 1), 255);
        if (type && code) {
            return static_cast<std::uint16_t>(*type << 8U | *code);
        }
    }
    return tl::unexpected(fmt::format("Cannot parse {} as an {} type/code", text, protocol == kIcmp ? "ICMP" : "ICMPv6"));
}

tl::expected<std::uint16_t, std::string> parse_one(std::string_view text, text::ServiceOf service, std::string_view name) {
    if (const auto number = parse_set_number(text, 65535)) {
        return static_cast<std::uint16_t>(*number);
    }
    if (const auto port = text::service_port(text, service)) {
        return *port;
    }
    return tl::unexpected(fmt::format("cannot parse '{}' as a {} port", text, name));
}

std::optional<std::uint8_t> protocol_of(std::string_view name) {
    if (name == "icmpv6") {
        return kIcmp6;
    }
    if (const auto number = parse_set_number(name, 255)) {
        return static_cast<std::uint8_t>(*number);
    }
    return text::protocol_number(name);
}

}  // namespace

tl::expected<PortWord, std::string> parse_port_word(std::string_view text, bool ipv6) {
    PortWord word{.protocol = 6};
    std::string_view protocol = "tcp";
    if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
        protocol = text.substr(0, colon);
        const auto number = protocol_of(protocol);
        if (!number || *number == 0) {
            return tl::unexpected(fmt::format("cannot parse '{}' as a protocol", protocol));
        }
        word.protocol = *number;
        text.remove_prefix(colon + 1);
    }
    if (word.protocol == kIcmp || word.protocol == kIcmp6) {
        if ((word.protocol == kIcmp6) != ipv6) {
            return tl::unexpected(fmt::format("Protocol {} can be used with family {} only",
                                              ipv6 ? "ICMP" : "ICMPv6", ipv6 ? "inet" : "inet6"));
        }
        const auto value = parse_icmp(text, word.protocol);
        if (!value) {
            return tl::unexpected(value.error());
        }
        word.first = word.last = *value;
        return word;
    }
    const auto service = text::service_of(word.protocol);
    if (!service) {
        if (text != "0") {
            return tl::unexpected(fmt::format("Protocol {} can be used with pseudo port value 0 only", protocol));
        }
        return word;
    }
    const std::size_t dash = text.find('-');
    const auto is_name = text::service_port(text, *service);
    const auto first = is_name ? tl::expected<std::uint16_t, std::string>(*is_name)
                               : parse_one(text.substr(0, dash), *service, protocol);
    const auto last = is_name || dash == std::string_view::npos ? first : parse_one(text.substr(dash + 1), *service, protocol);
    if (!first || !last) {
        return tl::unexpected(first ? last.error() : first.error());
    }
    word.first = std::min(*first, *last);
    word.last = std::max(*first, *last);
    return word;
}

std::string port_word_text(std::uint8_t protocol, std::uint16_t port) {
    const std::string name = text::protocol_name(protocol).value_or(std::to_string(protocol));
    if (protocol == kIcmp || protocol == kIcmp6) {
        for (const IcmpName& one : names_of(protocol)) {
            if (one.type == port >> 8U && one.code == (port & 0xffU)) {
                return fmt::format("{}:{}", name, one.name);
            }
        }
        return fmt::format("{}:{}/{}", name, port >> 8U, port & 0xffU);
    }
    return fmt::format("{}:{}", name, port);
}

}  // namespace sluice::acl::sets
