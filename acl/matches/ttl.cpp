// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/ttl.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

TtlMatch::Mode mode_of(const OptionUse& use) {
    if (use.option == "ttl-eq") {
        return use.inverted ? TtlMatch::Mode::unequal : TtlMatch::Mode::equal;
    }
    return use.option == "ttl-lt" ? TtlMatch::Mode::less : TtlMatch::Mode::greater;
}

/// The words of `-S` and of `-L`.
struct Words {
    std::string_view option;
    std::string_view sign;
};

Words words_of(TtlMatch::Mode mode) {
    switch (mode) {
        case TtlMatch::Mode::unequal:
            return {"! --ttl-eq", "!="};
        case TtlMatch::Mode::less:
            return {"--ttl-lt", "<"};
        case TtlMatch::Mode::greater:
            return {"--ttl-gt", ">"};
        case TtlMatch::Mode::none:
        case TtlMatch::Mode::equal:
            break;
    }
    return {"--ttl-eq", "=="};
}

}  // namespace

std::span<const Form<TtlMatch>> Syntax<TtlMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "ttl-eq", .invertible = true},
        OptionSpec{.name = "ttl", .invertible = true, .alias_of = "ttl-eq"},
        OptionSpec{.name = "ttl-lt"},
        OptionSpec{.name = "ttl-gt"},
    };
    static constexpr std::array kForms = {
        Form<TtlMatch>{.name = "ttl", .initial = {}, .options = kOptions, .needs_an_option = true}};
    return kForms;
}

Checked Syntax<TtlMatch>::parse(TtlMatch& match, const OptionUse& use) {
    if (match.mode != TtlMatch::Mode::none) {
        return fault("ttl: only one of --ttl-eq, --ttl-lt and --ttl-gt can be used", use.begin);
    }
    const auto ttl = parse_number(use.value(), 0xff);
    if (!ttl) {
        return use.refuse(fmt::format("invalid TTL '{}': a number from 0 to 255", use.value()));
    }
    match = {mode_of(use), static_cast<std::uint8_t>(*ttl)};
    return {};
}

void Syntax<TtlMatch>::save(const TtlMatch& match, std::string& out) {
    base::append(out, " {} {}", words_of(match.mode).option, match.ttl);
}

void Syntax<TtlMatch>::list(const TtlMatch& match, bool /*numeric*/, std::string& out) {
    base::append(out, " TTL match TTL {} {}", words_of(match.mode).sign, match.ttl);
}

}  // namespace sluice::acl::text
