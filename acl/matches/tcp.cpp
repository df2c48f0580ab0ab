// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/tcp.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "acl/text/numbers.h"
#include "acl/text/ports.h"
#include "dataplane/base/append.h"
#include "dataplane/net/headers.h"

namespace sluice::acl::text {

namespace {

struct NamedFlag {
    std::string_view name;
    std::uint8_t bits;
};

/// ECE and CWR have no names in iptables 1.8.9. Single flags stand in the order in which they are printed.
constexpr std::array<NamedFlag, 8> kFlags = {{
    {"FIN", net::TcpHeader::kFin},
    {"SYN", net::TcpHeader::kSyn},
    {"RST", net::TcpHeader::kRst},
    {"PSH", net::TcpHeader::kPsh},
    {"ACK", net::TcpHeader::kAck},
    {"URG", net::TcpHeader::kUrg},
    {"ALL", 0x3f},
    {"NONE", 0},
}};
constexpr std::string_view kFlagNames = "FIN, SYN, RST, PSH, ACK, URG, ALL, NONE";

constexpr TcpFlags kSyn = {
    .mask = net::TcpHeader::kFin | net::TcpHeader::kSyn | net::TcpHeader::kRst | net::TcpHeader::kAck,
    .compare = net::TcpHeader::kSyn,
    .inverted = false};

/// Names with commas between them, in any case; empty ones count as nothing.
Expected<std::uint8_t> parse_flags(const Word& word) {
    std::string_view text = word.text;
    unsigned flags = 0;
    while (!text.empty()) {
        const std::string_view name = text.substr(0, text.find(','));
        const auto* known = std::find_if(kFlags.begin(), kFlags.end(), [&](const NamedFlag& flag) {
            return flag.name.size() == name.size() && starts_with_no_case(flag.name, name);
        });
        if (!name.empty() && known == kFlags.end()) {
            return fault(fmt::format("unknown TCP flag '{}': one of {}", name, kFlagNames), word.begin);
        }
        flags |= name.empty() ? 0U : known->bits;
        text.remove_prefix(std::min(name.size() + 1, text.size()));
    }
    return static_cast<std::uint8_t>(flags);
}

void append_flags(std::uint8_t flags, std::string& out) {
    if (flags == 0) {
        out += "NONE";
        return;
    }
    bool first = true;
    for (const NamedFlag& flag : kFlags) {
        if (std::has_single_bit(flag.bits) && (flags & flag.bits) != 0) {
            out += first ? "" : ",";
            out += flag.name;
            first = false;
        }
    }
}

Checked parse_tcp_flags(TcpFlags& flags, const OptionUse& use) {
    if (use.values.empty()) {
        flags = kSyn;
    } else {
        const auto mask = parse_flags(use.values[0]);
        const auto compare = parse_flags(use.values[1]);
        if (!mask || !compare) {
            return tl::unexpected<Fault>(mask ? compare.error() : mask.error());
        }
        flags = {*mask, *compare, false};
    }
    flags.inverted = use.inverted;
    return {};
}

}  // namespace

std::span<const Form<TcpMatch>> Syntax<TcpMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "source-port", .invertible = true},
        OptionSpec{.name = "sport", .invertible = true, .alias_of = "source-port"},
        OptionSpec{.name = "destination-port", .invertible = true},
        OptionSpec{.name = "dport", .invertible = true, .alias_of = "destination-port"},
        OptionSpec{.name = "syn", .values = 0, .invertible = true, .alias_of = "tcp-flags"},
        OptionSpec{.name = "tcp-flags", .values = 2, .invertible = true},
        OptionSpec{.name = "tcp-option", .invertible = true},
    };
    static constexpr std::array kForms = {
        Form<TcpMatch>{.name = "tcp", .initial = {}, .options = kOptions, .protocol = net::kProtocolTcp}};
    return kForms;
}

Checked Syntax<TcpMatch>::parse(TcpMatch& match, const OptionUse& use) {
    if (use.option == "tcp-flags") {
        return parse_tcp_flags(match.flags, use);
    }
    if (use.option == "tcp-option") {
        const auto number = parse_number(use.value(), 0xff);
        if (!number || *number == 0) {
            return use.refuse(fmt::format("bad TCP option '{}': a number from 1 to 255", use.value()));
        }
        match.option = {static_cast<std::uint8_t>(*number), use.inverted};
        return {};
    }
    const auto ports = parse_ports(use.value(), ServiceOf::tcp);
    if (!ports) {
        return use.refuse(ports.error());
    }
    PortRange& range = use.option == "source-port" ? match.source : match.destination;
    range = *ports;
    range.inverted = use.inverted;
    return {};
}

void Syntax<TcpMatch>::save(const TcpMatch& match, std::string& out) {
    save_ports("sport", match.source, out);
    save_ports("dport", match.destination, out);
    if (match.option.asks()) {
        base::append(out, "{} --tcp-option {}", match.option.inverted ? " !" : "", match.option.number);
    }
    if (match.flags.asks()) {
        out += match.flags.inverted ? " ! --tcp-flags " : " --tcp-flags ";
        append_flags(match.flags.mask, out);
        out += ' ';
        append_flags(match.flags.compare, out);
    }
}

void Syntax<TcpMatch>::list(const TcpMatch& match, bool numeric, std::string& out) {
    out += " tcp";
    list_ports("spt", match.source, ServiceOf::tcp, numeric, out);
    list_ports("dpt", match.destination, ServiceOf::tcp, numeric, out);
    if (match.option.asks()) {
        base::append(out, " option={}{}", match.option.inverted ? "!" : "", match.option.number);
    }
    if (!match.flags.asks()) {
        return;
    }
    out += match.flags.inverted ? " flags:!" : " flags:";
    if (numeric) {
        base::append(out, "0x{:02X}/0x{:02X}", match.flags.mask, match.flags.compare);
        return;
    }
    append_flags(match.flags.mask, out);
    out += '/';
    append_flags(match.flags.compare, out);
}

}  // namespace sluice::acl::text
