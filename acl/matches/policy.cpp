// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/policy.h"

#include <fmt/core.h>

#include <array>
#include <bit>
#include <limits>
#include <string>

#include "acl/tables.h"
#include "acl/text/address_text.h"
#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

using Direction = PolicyMatch::Direction;
using Element = PolicyMatch::Element;

struct Protocol {
    std::string_view name;
    std::uint8_t number;
};
constexpr std::array<Protocol, 3> kProtocols = {{{"ah", 51}, {"esp", 50}, {"ipcomp", 108}}};

Checked parse_number_of(std::uint32_t& number, const OptionUse& use) {
    const auto read = parse_number(use.value(), std::numeric_limits<std::uint32_t>::max());
    if (!read) {
        return use.refuse(fmt::format("policy: --{}: '{}' is no number from 0 to 4294967295", use.option, use.value()));
    }
    number = *read;
    return {};
}

Checked parse_protocol(Element& element, const OptionUse& use) {
    for (const Protocol& protocol : kProtocols) {
        if (use.value() == protocol.name || use.value() == std::to_string(protocol.number)) {
            element.protocol = protocol.number;
            return {};
        }
    }
    return use.refuse(fmt::format("policy: protocol '{}' must be ah, esp or ipcomp", use.value()));
}

Checked parse_mode(Element& element, const OptionUse& use) {
    if (use.value() != "transport" && use.value() != "tunnel") {
        return use.refuse(fmt::format("policy: invalid mode '{}': transport or tunnel", use.value()));
    }
    element.is_tunnel = use.value() == "tunnel";
    return {};
}

Checked parse_end(net::Ipv4Address& address, net::Ipv4Address& mask, const OptionUse& use) {
    const auto read = parse_host_and_mask(use.value());
    if (!read) {
        return use.refuse(fmt::format("policy: --{}: {}", use.option, read.error()));
    }
    address = read->address;
    mask = read->mask;
    return {};
}

std::uint8_t ask_of(std::string_view option) {
    constexpr std::array<std::string_view, 6> kNames = {"reqid", "spi", "proto", "mode", "tunnel-src", "tunnel-dst"};
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (kNames[i] == option) {
            return static_cast<std::uint8_t>(1U << i);
        }
    }
    return 0;
}

/// What an element says of a transformation.
Checked parse_element(Element& element, const OptionUse& use) {
    const std::uint8_t ask = ask_of(use.option);
    if ((element.asked & ask) != 0) {
        return fault(fmt::format("policy: double --{} option", use.option), use.begin);
    }
    element.asked = static_cast<std::uint8_t>(element.asked | ask);
    element.inverted = static_cast<std::uint8_t>(element.inverted | (use.inverted ? ask : 0));
    switch (ask) {
        case PolicyMatch::reqid: return parse_number_of(element.reqid, use);
        case PolicyMatch::spi: return parse_number_of(element.spi, use);
        case PolicyMatch::proto: return parse_protocol(element, use);
        case PolicyMatch::mode: return parse_mode(element, use);
        case PolicyMatch::tunnel_source: return parse_end(element.source, element.source_mask, use);
        default: return parse_end(element.destination, element.destination_mask, use);
    }
}

void append_end(net::Ipv4Address address, net::Ipv4Address mask, std::string& out) {
    const int length = std::popcount(mask.host());
    out += net::to_string(address);
    if (length != 32) {
        base::append(out, "/{}", length);
    }
}

std::string protocol_text(std::uint8_t number, bool numeric) {
    for (const Protocol& protocol : kProtocols) {
        if (protocol.number == number && !numeric) {
            return std::string(protocol.name);
        }
    }
    return std::to_string(number);
}

/// In the order of iptables, with `dashes` before each option.
void append_element(const Element& element, std::string_view dashes, bool numeric, std::string& out) {
    const auto asks = [&](PolicyMatch::Ask ask, std::string_view name) {
        if ((element.asked & ask) == 0) {
            return false;
        }
        base::append(out, "{} {}{} ", (element.inverted & ask) != 0 ? " !" : "", dashes, name);
        return true;
    };
    if (asks(PolicyMatch::reqid, "reqid")) {
        base::append(out, "{}", element.reqid);
    }
    if (asks(PolicyMatch::spi, "spi")) {
        base::append(out, "0x{:x}", element.spi);
    }
    if (asks(PolicyMatch::proto, "proto")) {
        out += protocol_text(element.protocol, numeric);
    }
    if (asks(PolicyMatch::mode, "mode")) {
        out += element.is_tunnel ? "tunnel" : "transport";
    }
    if (asks(PolicyMatch::tunnel_destination, "tunnel-dst")) {
        append_end(element.destination, element.destination_mask, out);
    }
    if (asks(PolicyMatch::tunnel_source, "tunnel-src")) {
        append_end(element.source, element.source_mask, out);
    }
}

/// How many elements there are; none with `--pol none`.
std::size_t count_of(const PolicyMatch& match) { return match.is_none ? 0 : match.next + 1U; }

void append_flags(const PolicyMatch& match, std::string_view dashes, std::string& out) {
    base::append(out, " {}dir {} {}pol {}{}{}", dashes, match.direction == Direction::in ? "in" : "out", dashes,
                 match.is_none ? "none" : "ipsec", match.is_strict ? fmt::format(" {}", dashes) : "",
                 match.is_strict ? "strict" : "");
}

}  // namespace

std::span<const Form<PolicyMatch>> Syntax<PolicyMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "dir"},
        OptionSpec{.name = "pol"},
        OptionSpec{.name = "strict", .values = 0},
        OptionSpec{.name = "reqid", .invertible = true, .repeats = true},
        OptionSpec{.name = "spi", .invertible = true, .repeats = true},
        OptionSpec{.name = "tunnel-src", .invertible = true, .repeats = true},
        OptionSpec{.name = "tunnel-dst", .invertible = true, .repeats = true},
        OptionSpec{.name = "proto", .invertible = true, .repeats = true},
        OptionSpec{.name = "mode", .invertible = true, .repeats = true},
        OptionSpec{.name = "next", .values = 0, .repeats = true},
    };
    static constexpr std::array kForms = {Form<PolicyMatch>{.name = "policy", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<PolicyMatch>::parse(PolicyMatch& match, const OptionUse& use) {
    if (use.option == "dir") {
        if (use.value() != "in" && use.value() != "out") {
            return use.refuse(fmt::format("bad direction '{}': in or out", use.value()));
        }
        match.direction = use.value() == "in" ? Direction::in : Direction::out;
        return {};
    }
    if (use.option == "pol") {
        if (use.value() != "none" && use.value() != "ipsec") {
            return use.refuse(fmt::format("bad policy '{}': none or ipsec", use.value()));
        }
        match.is_none = use.value() == "none";
        return {};
    }
    if (use.option == "strict") {
        match.is_strict = true;
        return {};
    }
    if (use.option == "next") {
        if (match.next + 1U == PolicyMatch::kMostElements) {
            return fault("policy: --next: at most four elements", use.begin);
        }
        ++match.next;
        return {};
    }
    return parse_element(match.elements[match.next], use);
}

Checked Syntax<PolicyMatch>::finish(const PolicyMatch& match, const RuleFacts& rule) {
    if (match.direction == Direction::none) {
        return fault("policy: --dir in or --dir out is required", rule.begin);
    }
    if (match.is_none && match.is_strict) {
        return fault("policy: --pol none and --strict exclude each other", rule.begin);
    }
    if (match.next != 0 && !match.is_strict) {
        return fault("policy: option '--next' also requires '--strict'", rule.begin);
    }
    for (std::size_t i = 0; i < count_of(match); ++i) {
        const Element& element = match.elements[i];
        if (match.is_strict && element.asked == 0) {
            return fault(fmt::format("policy: element {} is empty: with --strict it has to ask something", i), rule.begin);
        }
        const bool has_ends = (element.asked & (PolicyMatch::tunnel_source | PolicyMatch::tunnel_destination)) != 0;
        if (has_ends && element.is_tunnel == ((element.inverted & PolicyMatch::mode) != 0)) {
            return fault("policy: --tunnel-src and --tunnel-dst are for --mode tunnel", rule.begin);
        }
    }
    return {};
}

std::uint8_t Syntax<PolicyMatch>::hooks(const PolicyMatch& match) {
    const auto arriving = static_cast<std::uint8_t>(bit(Hook::prerouting) | bit(Hook::input));
    const auto leaving = static_cast<std::uint8_t>(bit(Hook::postrouting) | bit(Hook::output));
    return static_cast<std::uint8_t>(0xff & ~(match.direction == Direction::in ? leaving : arriving));
}

void Syntax<PolicyMatch>::save(const PolicyMatch& match, std::string& out) {
    append_flags(match, "--", out);
    for (std::size_t i = 0; i < count_of(match); ++i) {
        out += i == 0 ? "" : " --next";
        append_element(match.elements[i], "--", false, out);
    }
}

void Syntax<PolicyMatch>::list(const PolicyMatch& match, bool numeric, std::string& out) {
    out += " policy match";
    append_flags(match, "", out);
    for (std::size_t i = 0; i < count_of(match); ++i) {
        if (count_of(match) > 1) {
            base::append(out, " [{}]", i);
        }
        append_element(match.elements[i], "", numeric, out);
    }
}

}  // namespace sluice::acl::text
