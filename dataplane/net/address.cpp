// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/net/address.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <charconv>

namespace sluice::net {

namespace {

/// A decimal without sign, blanks or leading zeros, no larger than `limit`.
std::optional<unsigned> parse_decimal(std::string_view text, unsigned limit) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (!whole || value > limit || (text.size() > 1 && text[0] == '0')) {
        return std::nullopt;
    }
    return value;
}

}  // namespace

std::optional<MacAddress> parse_mac(std::string_view text) {
    MacAddress mac;
    if (text.size() != 17) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < 6; ++i) {
        const char* begin = text.data() + 3 * i;
        const auto [end, error] = std::from_chars(begin, begin + 2, mac.bytes[i], 16);
        if (error != std::errc{} || end != begin + 2 || (i < 5 && begin[2] != ':')) {
            return std::nullopt;
        }
    }
    return mac;
}

std::optional<Ipv4Address> parse_ipv4(std::string_view text) {
    std::uint32_t value = 0;
    for (int part = 0; part < 4; ++part) {
        const std::size_t dot = part < 3 ? text.find('.') : text.size();
        if (dot == std::string_view::npos) {
            return std::nullopt;
        }
        const auto octet = parse_decimal(text.substr(0, dot), 255);
        if (!octet) {
            return std::nullopt;
        }
        value = value << 8U | *octet;
        text.remove_prefix(part < 3 ? dot + 1 : dot);
    }
    return Ipv4Address::from_host(value);
}

std::optional<Ipv6Address> parse_ipv6(std::string_view text) {
    Ipv6Address address;
    const std::string terminated(text);
    if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) != 1) {
        return std::nullopt;
    }
    return address;
}

std::optional<Ipv4Prefix> parse_ipv4_prefix(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = parse_ipv4(text.substr(0, slash));
    if (!address) {
        return std::nullopt;
    }
    if (slash == std::string_view::npos) {
        return Ipv4Prefix{*address, 32};
    }
    const auto length = parse_decimal(text.substr(slash + 1), 32);
    if (!length) {
        return std::nullopt;
    }
    return Ipv4Prefix{*address, static_cast<std::uint8_t>(*length)};
}

std::string to_string(MacAddress mac) {
    const auto& b = mac.bytes;
    return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", b[0], b[1], b[2], b[3], b[4], b[5]);
}

std::string to_string(Ipv4Address address) {
    const std::uint32_t v = address.host();
    return fmt::format("{}.{}.{}.{}", v >> 24U, v >> 16U & 255U, v >> 8U & 255U, v & 255U);
}

std::string to_string(const Ipv6Address& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(AF_INET6, address.bytes.data(), text.data(), text.size());
    return text.data();
}

std::string to_string(Ipv4Prefix prefix) {
    return fmt::format("{}/{}", to_string(prefix.address), prefix.length);
}

}  // namespace sluice::net
