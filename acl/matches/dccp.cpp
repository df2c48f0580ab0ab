// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/dccp.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string>

#include "acl/text/numbers.h"
#include "acl/text/ports.h"
#include "dataplane/base/append.h"
#include "dataplane/net/headers.h"

namespace sluice::acl::text {

namespace {

constexpr std::array<std::string_view, 10> kTypes = {
    "REQUEST", "RESPONSE", "DATA", "ACK", "DATAACK", "CLOSEREQ", "CLOSE", "RESET", "SYNC", "SYNCACK",
};
constexpr std::string_view kInvalid = "INVALID";
constexpr std::string_view kNames =
    "REQUEST, RESPONSE, DATA, ACK, DATAACK, CLOSEREQ, CLOSE, RESET, SYNC, SYNCACK, INVALID";
constexpr std::uint16_t kInvalidTypes = 0xfc00;

bool is(std::string_view name, std::string_view text) {
    return name.size() == text.size() && starts_with_no_case(name, text);
}

/// Names with commas between them, in any case; empty ones count as nothing.
Expected<std::uint16_t> parse_types(const OptionUse& use) {
    std::string_view text = use.value();
    unsigned types = 0;
    while (!text.empty()) {
        const std::string_view name = text.substr(0, text.find(','));
        const auto* known =
            std::find_if(kTypes.begin(), kTypes.end(), [&](std::string_view type) { return is(type, name); });
        if (known != kTypes.end()) {
            types |= 1U << static_cast<unsigned>(known - kTypes.begin());
        } else if (is(kInvalid, name)) {
            types |= kInvalidTypes;
        } else if (!name.empty()) {
            return use.refuse(fmt::format("unknown DCCP type '{}': one of {}", name, kNames));
        }
        text.remove_prefix(std::min(name.size() + 1, text.size()));
    }
    return static_cast<std::uint16_t>(types);
}

void append_types(std::uint16_t types, bool numeric, std::string& out) {
    const std::size_t before = out.size();
    for (unsigned type = 0; type < 16; ++type) {
        const bool is_named = type < kTypes.size();
        if ((types >> type & 1U) == 0 || (!numeric && type > kTypes.size())) {
            continue;
        }
        out += out.size() == before ? "" : ",";
        if (numeric) {
            out += std::to_string(type);
        } else {
            out += is_named ? kTypes[type] : kInvalid;
        }
    }
}

}  // namespace

std::span<const Form<DccpMatch>> Syntax<DccpMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "source-port", .invertible = true},
        OptionSpec{.name = "sport", .invertible = true, .alias_of = "source-port"},
        OptionSpec{.name = "destination-port", .invertible = true},
        OptionSpec{.name = "dport", .invertible = true, .alias_of = "destination-port"},
        OptionSpec{.name = "dccp-types", .invertible = true},
        OptionSpec{.name = "dccp-option", .invertible = true},
    };
    static constexpr std::array kForms = {
        Form<DccpMatch>{.name = "dccp", .initial = {}, .options = kOptions, .protocol = net::kProtocolDccp}};
    return kForms;
}

Checked Syntax<DccpMatch>::parse(DccpMatch& match, const OptionUse& use) {
    if (use.option == "dccp-types") {
        const auto types = parse_types(use);
        if (!types) {
            return tl::unexpected<Fault>(types.error());
        }
        match.types = DccpTypes{*types, use.inverted};
        return {};
    }
    if (use.option == "dccp-option") {
        const auto number = parse_number(use.value(), 0xff);
        if (!number || *number == 0) {
            return use.refuse(fmt::format("invalid DCCP option '{}': a number from 1 to 255", use.value()));
        }
        match.option = DccpOption{static_cast<std::uint8_t>(*number), use.inverted};
        return {};
    }
    auto ports = parse_ports(use.value(), ServiceOf::dccp);
    if (!ports) {
        return use.refuse(ports.error());
    }
    ports->inverted = use.inverted;
    (use.option == "source-port" ? match.source : match.destination) = *ports;
    return {};
}

/// No types at all are printed as "", which can be read back; iptables prints nothing there.
void Syntax<DccpMatch>::save(const DccpMatch& match, std::string& out) {
    save_given_ports("sport", match.source, out);
    save_given_ports("dport", match.destination, out);
    if (match.types) {
        out += match.types->inverted ? " ! --dccp-types " : " --dccp-types ";
        out += match.types->types == 0 ? "\"\"" : "";
        append_types(match.types->types, false, out);
    }
    if (match.option) {
        base::append(out, "{} --dccp-option {}", match.option->inverted ? " !" : "", match.option->number);
    }
}

void Syntax<DccpMatch>::list(const DccpMatch& match, bool numeric, std::string& out) {
    out += " dccp";
    list_ports("spt", match.source.value_or(PortRange{}), ServiceOf::dccp, numeric, out);
    list_ports("dpt", match.destination.value_or(PortRange{}), ServiceOf::dccp, numeric, out);
    if (match.types) {
        out += match.types->inverted ? " ! " : " ";
        append_types(match.types->types, numeric, out);
    }
    if (match.option) {
        base::append(out, " option={}{}", match.option->inverted ? "!" : "", match.option->number);
    }
}

}  // namespace sluice::acl::text
