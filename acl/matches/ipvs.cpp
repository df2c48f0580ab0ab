// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/ipvs.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "acl/text/address_text.h"
#include "acl/text/names.h"
#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

/// By the numbers of their enumerators, from 1.
constexpr std::array<std::string_view, 3> kMethods = {"GATE", "IPIP", "MASQ"};

bool is(std::string_view name, std::string_view text) {
    return name.size() == text.size() && starts_with_no_case(name, text);
}

Checked parse_port(std::optional<IpvsMatch::Asked<std::uint16_t>>& port, const OptionUse& use) {
    const auto number = parse_number(use.value(), 0xffff);
    const auto found =
        number ? std::optional(static_cast<std::uint16_t>(*number)) : service_port(use.value());
    if (!found) {
        return use.refuse(fmt::format("invalid port/service '{}'", use.value()));
    }
    port = {*found, use.inverted};
    return {};
}

Checked parse_protocol(IpvsMatch& match, const OptionUse& use) {
    const auto number = parse_number(use.value(), 0xff);
    const auto found =
        number ? std::optional(static_cast<std::uint8_t>(*number)) : protocol_number(use.value());
    if (!found) {
        return use.refuse(fmt::format("unknown protocol '{}'", use.value()));
    }
    match.protocol = {*found, use.inverted};
    return {};
}

Checked parse_address_of(IpvsMatch& match, const OptionUse& use) {
    const auto addresses = AddressText<net::Ipv4>::parse(use.value());
    if (!addresses || addresses->size() != 1) {
        return use.refuse(addresses ? "only one address is possible here" : addresses.error());
    }
    match.address = addresses->front();
    match.address->inverted = use.inverted;
    return {};
}

Checked parse_method(IpvsMatch& match, const OptionUse& use) {
    const auto* found = std::find_if(kMethods.begin(), kMethods.end(),
                                     [&](std::string_view name) { return is(name, use.value()); });
    if (found == kMethods.end()) {
        return use.refuse(fmt::format("unknown method '{}': one of GATE, IPIP, MASQ", use.value()));
    }
    match.method = {static_cast<IpvsMatch::Method>(found - kMethods.begin() + 1), use.inverted};
    return {};
}

void append(const IpvsMatch& match, std::string_view prefix, std::string& out) {
    const auto add = [&](std::string_view option, bool inverted, auto&& value) {
        base::append(out, "{} {}{} {}", inverted ? " !" : "", prefix, option, value);
    };
    if (match == IpvsMatch{.belongs = match.belongs} && match.belongs) {
        base::append(out, "{} {}ipvs", *match.belongs ? "" : " !", prefix);
    }
    if (match.protocol) {
        add("vproto", match.protocol->inverted, match.protocol->value);
    }
    if (match.address) {
        add("vaddr", match.address->inverted,
            AddressText<net::Ipv4>::list({match.address->address, match.address->mask, false}, true));
    }
    if (match.port) {
        add("vport", match.port->inverted, match.port->value);
    }
    if (match.is_reply) {
        add("vdir", false, *match.is_reply ? "REPLY" : "ORIGINAL");
    }
    if (match.method) {
        add("vmethod", match.method->inverted, kMethods[static_cast<std::size_t>(match.method->value) - 1]);
    }
    if (match.control_port) {
        add("vportctl", match.control_port->inverted, match.control_port->value);
    }
}

}  // namespace

std::span<const Form<IpvsMatch>> Syntax<IpvsMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "ipvs", .values = 0, .invertible = true},
        OptionSpec{.name = "vproto", .invertible = true},
        OptionSpec{.name = "vaddr", .invertible = true},
        OptionSpec{.name = "vport", .invertible = true},
        OptionSpec{.name = "vdir"},
        OptionSpec{.name = "vmethod", .invertible = true},
        OptionSpec{.name = "vportctl", .invertible = true},
    };
    static const std::array kForms = {Form<IpvsMatch>{.name = "ipvs", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<IpvsMatch>::parse(IpvsMatch& match, const OptionUse& use) {
    if (use.option == "ipvs") {
        match.belongs = !use.inverted;
        return {};
    }
    if (use.option == "vproto") {
        return parse_protocol(match, use);
    }
    if (use.option == "vaddr") {
        return parse_address_of(match, use);
    }
    if (use.option == "vmethod") {
        return parse_method(match, use);
    }
    if (use.option == "vdir") {
        if (!is("ORIGINAL", use.value()) && !is("REPLY", use.value())) {
            return use.refuse(fmt::format("unknown direction '{}': ORIGINAL or REPLY", use.value()));
        }
        match.is_reply = is("REPLY", use.value());
        return {};
    }
    return parse_port(use.option == "vport" ? match.port : match.control_port, use);
}

Checked Syntax<IpvsMatch>::finish(const IpvsMatch& match, const RuleFacts& rule) {
    return match == IpvsMatch{} ? fault("ipvs: at least one option is required", rule.begin) : Checked{};
}

void Syntax<IpvsMatch>::save(const IpvsMatch& match, std::string& out) {
    append(match, "--", out);
}

void Syntax<IpvsMatch>::list(const IpvsMatch& match, bool /*numeric*/, std::string& out) {
    append(match, "", out);
}

}  // namespace sluice::acl::text
