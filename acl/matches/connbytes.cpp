// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/connbytes.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

using Direction = ConnbytesMatch::Direction;
using Mode = ConnbytesMatch::Mode;

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
/// By the numbers of their enumerators, from 1.
constexpr std::array<std::string_view, 3> kDirections = {"original", "reply", "both"};
constexpr std::array<std::string_view, 3> kModes = {"packets", "bytes", "avgpkt"};

/// 0 where there is no such word.
std::uint8_t number_of(std::span<const std::string_view> words, std::string_view word) {
    const auto found = std::find(words.begin(), words.end(), word);
    return found == words.end() ? std::uint8_t{0} : static_cast<std::uint8_t>(found - words.begin() + 1);
}

std::optional<std::uint64_t> parse_count(std::string_view text, std::uint64_t none) {
    if (text.empty()) {
        return none;
    }
    const auto number = leading_number(text);
    return number && number->rest.empty() ? std::optional(number->value) : std::nullopt;
}

/// FROM, FROM:TO; a range that is negated is kept turned round, as in the kernel.
Checked parse_range(ConnbytesMatch& match, const OptionUse& use) {
    const std::string_view text = use.value();
    const std::size_t colon = text.find(':');
    const auto from = parse_count(text.substr(0, colon), 0);
    const auto to =
        colon == std::string_view::npos ? std::optional(kMost) : parse_count(text.substr(colon + 1), kMost);
    if (!from || !to) {
        return use.refuse(fmt::format("invalid range '{}': FROM or FROM:TO", text));
    }
    if (*from > *to) {
        return use.refuse(fmt::format("invalid range '{}': it runs backwards", text));
    }
    match.min = *from;
    match.max = *to;
    if (use.inverted) {
        std::swap(match.min, match.max);
    }
    return {};
}

void append(const ConnbytesMatch& match, std::string_view prefix, std::string_view option, std::string& out) {
    const auto [from, to] = std::minmax(match.min, match.max);
    base::append(out, "{} {}connbytes {}", match.min > match.max ? " !" : "", prefix, from);
    if (to != kMost) {
        base::append(out, ":{}", to);
    }
    base::append(out, " {0}connbytes{1}mode {2} {0}connbytes{1}{4} {3}", prefix, option,
                 kModes[static_cast<std::size_t>(match.mode) - 1],
                 kDirections[static_cast<std::size_t>(match.direction) - 1],
                 prefix.empty() ? "direction" : "dir");
}

}  // namespace

std::span<const Form<ConnbytesMatch>> Syntax<ConnbytesMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "connbytes", .invertible = true, .required = true},
        OptionSpec{.name = "connbytes-dir", .required = true},
        OptionSpec{.name = "connbytes-mode", .required = true},
    };
    static constexpr std::array kForms = {
        Form<ConnbytesMatch>{.name = "connbytes", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<ConnbytesMatch>::parse(ConnbytesMatch& match, const OptionUse& use) {
    if (use.option == "connbytes-dir") {
        match.direction = static_cast<Direction>(number_of(kDirections, use.value()));
        return match.direction != Direction::none
                   ? Checked{}
                   : use.refuse(
                         fmt::format("unknown direction '{}': one of original, reply, both", use.value()));
    }
    if (use.option == "connbytes-mode") {
        match.mode = static_cast<Mode>(number_of(kModes, use.value()));
        return match.mode != Mode::none
                   ? Checked{}
                   : use.refuse(fmt::format("unknown mode '{}': one of packets, bytes, avgpkt", use.value()));
    }
    return parse_range(match, use);
}

void Syntax<ConnbytesMatch>::save(const ConnbytesMatch& match, std::string& out) {
    append(match, "--", "-", out);
}

void Syntax<ConnbytesMatch>::list(const ConnbytesMatch& match, bool /*numeric*/, std::string& out) {
    append(match, "", " ", out);
}

}  // namespace sluice::acl::text
