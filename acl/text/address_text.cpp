// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/address_text.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <bit>
#include <optional>

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

using Message = tl::unexpected<std::string>;

/// Octets with dots between them. An address may end early, and the rest is 0; a mask may not.
std::optional<std::uint32_t> parse_octets(std::string_view text, bool all_four) {
    std::uint32_t value = 0;
    for (unsigned shift = 24;; shift -= 8) {
        const std::size_t dot = shift == 0 ? std::string_view::npos : text.find('.');
        const auto octet = parse_number(text.substr(0, dot), 0xff);
        if (!octet) {
            return std::nullopt;
        }
        value |= *octet << shift;
        if (dot == std::string_view::npos) {
            return shift != 0 && all_four ? std::nullopt : std::optional(value);
        }
        text.remove_prefix(dot + 1);
    }
}

std::optional<std::uint32_t> parse_mask(std::string_view text) {
    if (const auto mask = parse_octets(text, true)) {
        return mask;
    }
    const auto length = parse_number(text, 32);
    return length ? std::optional(net::ipv4_mask(*length)) : std::nullopt;
}

tl::expected<AddressMatch<net::Ipv4>, std::string> parse_one(std::string_view text) {
    const std::size_t slash = text.rfind('/');
    std::uint32_t mask = 0xffffffffU;
    if (slash != std::string_view::npos) {
        const auto parsed = parse_mask(text.substr(slash + 1));
        if (!parsed) {
            return Message(fmt::format("invalid mask '{}': a length from 0 to 32, or a dotted mask",
                                       text.substr(slash + 1)));
        }
        mask = *parsed;
        text = text.substr(0, slash);
    }
    if (mask == 0) {
        return AddressMatch<net::Ipv4>{};  // as in any/0: whatever stands before the slash
    }
    const auto address = parse_octets(text, false);
    if (!address) {
        return Message(
            fmt::format("'{}' is not an IPv4 address (names are not looked up: write the address)", text));
    }
    return AddressMatch<net::Ipv4>{net::Ipv4Address::from_host(*address & mask),
                                   net::Ipv4Address::from_host(mask), false};
}

/// The length of a mask that is one, or nothing.
std::optional<int> prefix_length(std::uint32_t mask) {
    const int length = std::countl_one(mask);
    return mask == net::ipv4_mask(static_cast<unsigned>(length)) ? std::optional(length) : std::nullopt;
}

std::string mask_text(std::uint32_t mask) {
    const auto length = prefix_length(mask);
    return length ? fmt::format("{}", *length) : net::to_string(net::Ipv4Address::from_host(mask));
}

}  // namespace

std::optional<net::Ipv4Address> parse_address(std::string_view text) {
    const auto address = parse_octets(text, false);
    return address ? std::optional(net::Ipv4Address::from_host(*address)) : std::nullopt;
}

std::optional<net::Ipv4Address> parse_host(const std::string& text) {
    in_addr address{};
    // inet_aton takes whatever stands behind a blank.
    const bool is_one =
        text.find_first_of(" \t\n\v\f\r") == std::string::npos && inet_aton(text.c_str(), &address) != 0;
    return is_one ? std::optional(net::Ipv4Address::from_host(ntohl(address.s_addr))) : std::nullopt;
}

tl::expected<HostAndMask, std::string> parse_host_and_mask(const std::string& text) {
    const std::size_t slash = text.find('/');
    const auto address = parse_host(text.substr(0, slash));
    if (!address) {
        return Message(fmt::format("'{}' is not an IPv4 address (names are not looked up: write the address)",
                                   text.substr(0, slash)));
    }
    if (slash == std::string::npos) {
        return HostAndMask{*address, net::Ipv4Address::from_host(0xffffffffU)};
    }
    const auto mask = parse_mask(std::string_view(text).substr(slash + 1));
    if (!mask || !prefix_length(*mask)) {
        return Message(fmt::format("invalid mask '{}': a length from 0 to 32, or its dotted form",
                                   text.substr(slash + 1)));
    }
    return HostAndMask{*address, net::Ipv4Address::from_host(*mask)};
}

tl::expected<std::vector<AddressMatch<net::Ipv4>>, std::string> AddressText<net::Ipv4>::parse(
    std::string_view text) {
    std::vector<Match> matches;
    for (bool more = true; more;) {
        const std::size_t comma = text.find(',');
        std::string_view one = text.substr(0, comma);
        one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
        auto match = parse_one(one);
        if (!match) {
            return Message(std::move(match.error()));
        }
        matches.push_back(*match);
        more = comma != std::string_view::npos;
        text.remove_prefix(more ? comma + 1 : text.size());
    }
    return matches;
}

void AddressText<net::Ipv4>::save(char option, const Match& match, std::string& out) {
    if (match.mask.is_unspecified() && !match.inverted) {
        return;
    }
    base::append(out, "{} -{} {}/{}", match.inverted ? " !" : "", option, net::to_string(match.address),
                 mask_text(match.mask.host()));
}

std::string AddressText<net::Ipv4>::list(const Match& match, bool numeric) {
    const std::uint32_t mask = match.mask.host();
    if (mask == 0 && !numeric) {
        return "anywhere";
    }
    return mask == 0xffffffffU ? net::to_string(match.address)
                               : fmt::format("{}/{}", net::to_string(match.address), mask_text(mask));
}

}  // namespace sluice::acl::text
