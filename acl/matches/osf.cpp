// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/osf.h"

#include <fmt/core.h>

#include <array>

#include "acl/tables.h"
#include "acl/text/numbers.h"
#include "acl/text/quoting.h"
#include "dataplane/base/append.h"
#include "dataplane/net/headers.h"

namespace sluice::acl::text {

namespace {

constexpr std::size_t kLongestGenre = 31;
constexpr std::uint32_t kMostLevel = 2;

}  // namespace

std::span<const Form<OsfMatch>> Syntax<OsfMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "genre", .invertible = true, .required = true},
        OptionSpec{.name = "ttl"},
        OptionSpec{.name = "log"},
    };
    static const std::array kForms = {
        Form<OsfMatch>{.name = "osf",
                       .initial = {},
                       .options = kOptions,
                       .protocol = net::kProtocolTcp,
                       .hooks = static_cast<std::uint8_t>(unsigned{bit(Hook::prerouting)} | bit(Hook::input) |
                                                          bit(Hook::forward))}};
    return kForms;
}

Checked Syntax<OsfMatch>::parse(OsfMatch& match, const OptionUse& use) {
    if (use.option == "genre") {
        if (use.value().size() > kLongestGenre) {
            return use.refuse(
                fmt::format("genre '{}' is too long: at most {} characters", use.value(), kLongestGenre));
        }
        match.genre = use.value();
        match.inverted = use.inverted;
        return {};
    }
    const auto level = parse_number(use.value(), kMostLevel);
    if (!level) {
        return use.refuse(
            fmt::format("--{}: '{}' is no number from 0 to {}", use.option, use.value(), kMostLevel));
    }
    (use.option == "ttl" ? match.ttl : match.log) = static_cast<std::uint8_t>(*level);
    return {};
}

void Syntax<OsfMatch>::save(const OsfMatch& match, std::string& out) {
    out += match.inverted ? " ! --genre " : " --genre ";
    append_quoted(match.genre, out);
    if (match.ttl) {
        base::append(out, " --ttl {}", *match.ttl);
    }
    if (match.log) {
        base::append(out, " --log {}", *match.log);
    }
}

void Syntax<OsfMatch>::list(const OsfMatch& match, bool /*numeric*/, std::string& out) {
    out += match.inverted ? " OS fingerprint match ! " : " OS fingerprint match ";
    out += match.genre;
}

}  // namespace sluice::acl::text
