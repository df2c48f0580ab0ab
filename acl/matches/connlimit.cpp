// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/connlimit.h"

#include <fmt/core.h>

#include <array>
#include <bit>
#include <optional>

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"
#include "dataplane/net/address.h"

namespace sluice::acl::text {

namespace {

/// A prefix length, or a netmask without holes.
std::optional<std::uint8_t> parse_bits(const std::string& text) {
    if (const auto bits = parse_digits(text, 32)) {
        return static_cast<std::uint8_t>(*bits);
    }
    const auto mask = net::parse_ipv4(text);
    if (!mask || net::ipv4_mask(static_cast<unsigned>(std::popcount(mask->host()))) != mask->host()) {
        return std::nullopt;
    }
    return static_cast<std::uint8_t>(std::popcount(mask->host()));
}

}  // namespace

std::span<const Form<ConnlimitMatch>> Syntax<ConnlimitMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "connlimit-upto", .invertible = true},
        OptionSpec{.name = "connlimit-above", .invertible = true},
        OptionSpec{.name = "connlimit-mask"},
        OptionSpec{.name = "connlimit-saddr", .values = 0},
        OptionSpec{.name = "connlimit-daddr", .values = 0},
    };
    static constexpr std::array kForms = {
        Form<ConnlimitMatch>{.name = "connlimit", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<ConnlimitMatch>::parse(ConnlimitMatch& match, const OptionUse& use) {
    if (use.option == "connlimit-saddr" || use.option == "connlimit-daddr") {
        if (match.has_side) {
            return fault("connlimit: only one of --connlimit-saddr and --connlimit-daddr can be given", use.begin);
        }
        match.has_side = true;
        match.is_destination = use.option == "connlimit-daddr";
        return {};
    }
    if (use.option == "connlimit-mask") {
        const auto bits = parse_bits(use.value());
        if (!bits) {
            return use.refuse(fmt::format("invalid mask '{}': a prefix length from 0 to 32", use.value()));
        }
        match.bits = *bits;
        return {};
    }
    if (match.is_given) {
        return fault("connlimit: only one of --connlimit-upto and --connlimit-above can be given", use.begin);
    }
    const auto limit = parse_number(use.value(), 0xffffffffU);
    if (!limit) {
        return use.refuse(fmt::format("invalid number '{}': from 0 to 4294967295", use.value()));
    }
    match.is_given = true;
    match.limit = *limit;
    match.is_upto = (use.option == "connlimit-upto") != use.inverted;
    return {};
}

Checked Syntax<ConnlimitMatch>::finish(const ConnlimitMatch& match, const RuleFacts& rule) {
    return match.is_given ? Checked{}
                          : fault("connlimit: --connlimit-upto or --connlimit-above must be given", rule.begin);
}

void Syntax<ConnlimitMatch>::save(const ConnlimitMatch& match, std::string& out) {
    base::append(out, " --connlimit-{} {} --connlimit-mask {} --connlimit-{}",
                 match.is_upto ? "upto" : "above", match.limit, match.bits,
                 match.is_destination ? "daddr" : "saddr");
}

void Syntax<ConnlimitMatch>::list(const ConnlimitMatch& match, bool /*numeric*/, std::string& out) {
    base::append(out, " #conn {}/{} {} {}", match.is_destination ? "dst" : "src", match.bits,
                 match.is_upto ? "<=" : ">", match.limit);
}

}  // namespace sluice::acl::text
