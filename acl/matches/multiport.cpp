// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/multiport.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "acl/text/ports.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

using Ports = MultiportMatch::Ports;
using Message = tl::unexpected<std::string>;

constexpr std::string_view kWorksWith =
    "multiport works only with `-p tcp`, `-p udp`, `-p udplite`, `-p sctp` or `-p dccp` before it";

/// `80` or `80:90`, with blanks before the numbers as strtoul takes them. An end may not be missing here.
tl::expected<Ports, std::string> parse_one(std::string_view text, ServiceOf protocol) {
    const auto port = [&](std::string_view part) {
        part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
        return parse_port(part, protocol);
    };
    const std::size_t colon = text.find(':');
    const auto min = port(text.substr(0, colon));
    const auto max = colon == std::string_view::npos ? min : port(text.substr(colon + 1));
    if (!min || !max) {
        return Message(min ? max.error() : min.error());
    }
    if (colon != std::string_view::npos && *min >= *max) {
        return Message(fmt::format("invalid port range '{}' (min >= max)", text));
    }
    return Ports{*min, *max};
}

tl::expected<void, std::string> parse_list(std::string_view text, ServiceOf protocol, MultiportMatch& match) {
    std::size_t places = 0;
    for (bool more = true; more;) {
        const std::size_t comma = text.find(',');
        const auto ports = parse_one(text.substr(0, comma), protocol);
        if (!ports) {
            return Message(ports.error());
        }
        places += ports->min == ports->max ? 1 : 2;
        if (places > MultiportMatch::kMaxPorts) {
            return Message(fmt::format("too many ports: at most {}, and a range counts as two",
                                       MultiportMatch::kMaxPorts));
        }
        match.ports[match.count++] = *ports;
        more = comma != std::string_view::npos;
        text.remove_prefix(more ? comma + 1 : text.size());
    }
    return {};
}

std::string_view option_of(MultiportMatch::Side side) {
    switch (side) {
        case MultiportMatch::Side::source:
            return "sports";
        case MultiportMatch::Side::destination:
            return "dports";
        case MultiportMatch::Side::either:
            break;
    }
    return "ports";
}

void append_list(const MultiportMatch& match, bool numeric, std::string& out) {
    const ServiceOf protocol = service_of(match.protocol).value_or(ServiceOf::tcp);
    for (std::size_t i = 0; i < match.count; ++i) {
        out += i == 0 ? "" : ",";
        out += port_text(match.ports[i].min, protocol, numeric);
        if (match.ports[i].min != match.ports[i].max) {
            out += ':';
            out += port_text(match.ports[i].max, protocol, numeric);
        }
    }
}

}  // namespace

std::span<const Form<MultiportMatch>> Syntax<MultiportMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "source-ports", .invertible = true},
        OptionSpec{.name = "sports", .invertible = true, .alias_of = "source-ports"},
        OptionSpec{.name = "destination-ports", .invertible = true},
        OptionSpec{.name = "dports", .invertible = true, .alias_of = "destination-ports"},
        OptionSpec{.name = "ports", .invertible = true},
    };
    static constexpr std::array kForms = {Form<MultiportMatch>{
        .name = "multiport", .initial = {}, .options = kOptions, .needs_an_option = true}};
    return kForms;
}

Checked Syntax<MultiportMatch>::parse(MultiportMatch& match, const OptionUse& use) {
    using Side = MultiportMatch::Side;
    if (match.count != 0) {
        return fault(
            "multiport: only one of '--source-ports', '--destination-ports' and '--ports' is allowed",
            use.begin);
    }
    const auto protocol = service_of(use.protocol);
    if (!protocol) {
        return fault(std::string(kWorksWith), use.begin);
    }
    match.protocol = use.protocol;
    match.inverted = use.inverted;
    match.side = use.option == "ports"          ? Side::either
                 : use.option == "source-ports" ? Side::source
                                                : Side::destination;
    if (auto parsed = parse_list(use.value(), *protocol, match); !parsed) {
        return use.refuse(std::move(parsed.error()));
    }
    return {};
}

Checked Syntax<MultiportMatch>::finish(const MultiportMatch& match, const RuleFacts& rule) {
    if (rule.protocol_inverted || rule.protocol != match.protocol) {
        return fault(std::string(kWorksWith), rule.begin);
    }
    return {};
}

void Syntax<MultiportMatch>::save(const MultiportMatch& match, std::string& out) {
    base::append(out, "{} --{} ", match.inverted ? " !" : "", option_of(match.side));
    append_list(match, true, out);
}

void Syntax<MultiportMatch>::list(const MultiportMatch& match, bool numeric, std::string& out) {
    base::append(out, " multiport {} {}", option_of(match.side), match.inverted ? " !" : "");
    append_list(match, numeric, out);
}

}  // namespace sluice::acl::text
