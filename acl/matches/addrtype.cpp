// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/addrtype.h"

#include <fmt/core.h>

#include <array>
#include <optional>

namespace sluice::acl::text {

namespace {

using Limit = AddrtypeMatch::Limit;

/// By number; abbreviations are tried in this order, and lists are printed in it.
constexpr std::array<std::string_view, 12> kNames = {"UNSPEC",    "UNICAST",     "LOCAL",    "BROADCAST",
                                                     "ANYCAST",   "MULTICAST",   "BLACKHOLE", "UNREACHABLE",
                                                     "PROHIBIT",  "THROW",       "NAT",      "XRESOLVE"};

std::optional<std::uint16_t> parse_type(std::string_view name) {
    for (std::size_t i = 0; i < kNames.size() && !name.empty(); ++i) {
        if (starts_with_no_case(kNames[i], name)) {
            return bit(static_cast<AddressType>(i));
        }
    }
    return std::nullopt;
}

tl::expected<std::uint16_t, std::string> parse_types(std::string_view text) {
    unsigned types = 0;
    for (bool more = true; more;) {
        const std::size_t comma = text.find(',');
        const auto type = parse_type(text.substr(0, comma));
        if (!type) {
            return tl::unexpected(fmt::format("bad address type '{}': a list such as LOCAL,BROADCAST without blanks",
                                              text.substr(0, comma)));
        }
        types |= *type;
        more = comma != std::string_view::npos;
        text.remove_prefix(more ? comma + 1 : text.size());
    }
    return static_cast<std::uint16_t>(types);
}

void append_types(std::uint16_t types, std::string& out) {
    bool first = true;
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if ((types & bit(static_cast<AddressType>(i))) != 0) {
            out += first ? "" : ",";
            out += kNames[i];
            first = false;
        }
    }
}

Checked parse_limit(AddrtypeMatch& match, Limit limit, const OptionUse& use) {
    if (match.limit != Limit::none) {
        return fault("addrtype: --limit-iface-in and --limit-iface-out cannot be used together", use.begin);
    }
    match.limit = limit;
    return {};
}

}  // namespace

std::span<const Form<AddrtypeMatch>> Syntax<AddrtypeMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "src-type", .invertible = true},
        OptionSpec{.name = "dst-type", .invertible = true},
        OptionSpec{.name = "limit-iface-in", .values = 0},
        OptionSpec{.name = "limit-iface-out", .values = 0},
    };
    static constexpr std::array kForms = {
        Form<AddrtypeMatch>{.name = "addrtype", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<AddrtypeMatch>::parse(AddrtypeMatch& match, const OptionUse& use) {
    if (use.option == "limit-iface-in") {
        return parse_limit(match, Limit::in, use);
    }
    if (use.option == "limit-iface-out") {
        return parse_limit(match, Limit::out, use);
    }
    const auto types = parse_types(use.value());
    if (!types) {
        return use.refuse(types.error());
    }
    const bool is_source = use.option == "src-type";
    (is_source ? match.source : match.destination) = *types;
    (is_source ? match.source_inverted : match.destination_inverted) = use.inverted;
    return {};
}

Checked Syntax<AddrtypeMatch>::finish(const AddrtypeMatch& match, const RuleFacts& rule) {
    if (match.source == 0 && match.destination == 0) {
        return fault("addrtype: needs --src-type or --dst-type", rule.begin);
    }
    return {};
}

void Syntax<AddrtypeMatch>::save(const AddrtypeMatch& match, std::string& out) {
    if (match.source != 0) {
        out += match.source_inverted ? " ! --src-type " : " --src-type ";
        append_types(match.source, out);
    }
    if (match.destination != 0) {
        out += match.destination_inverted ? " ! --dst-type " : " --dst-type ";
        append_types(match.destination, out);
    }
    if (match.limit != Limit::none) {
        out += match.limit == Limit::in ? " --limit-iface-in" : " --limit-iface-out";
    }
}

void Syntax<AddrtypeMatch>::list(const AddrtypeMatch& match, bool /*numeric*/, std::string& out) {
    out += " ADDRTYPE match";
    if (match.source != 0) {
        out += match.source_inverted ? " src-type !" : " src-type ";
        append_types(match.source, out);
    }
    if (match.destination != 0) {
        out += match.destination_inverted ? " dst-type !" : " dst-type ";
        append_types(match.destination, out);
    }
    if (match.limit != Limit::none) {
        out += match.limit == Limit::in ? " limit-in" : " limit-out";
    }
}

}  // namespace sluice::acl::text
