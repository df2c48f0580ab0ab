// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/quota.h"

#include <fmt/core.h>

#include <array>

#include <optional>

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
    const auto number = leading_number(text);
    return number && number->rest.empty() ? std::optional(number->value) : std::nullopt;
}

}  // namespace

std::span<const Form<QuotaMatch>> Syntax<QuotaMatch>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "quota", .invertible = true, .required = true}};
    static constexpr std::array kForms = {Form<QuotaMatch>{.name = "quota", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<QuotaMatch>::parse(QuotaMatch& match, const OptionUse& use) {
    const auto bytes = parse_bytes(use.value());
    if (!bytes) {
        return use.refuse(fmt::format("invalid quota '{}': a number of bytes", use.value()));
    }
    match = {*bytes, use.inverted};
    return {};
}

void Syntax<QuotaMatch>::save(const QuotaMatch& match, std::string& out) {
    base::append(out, "{} --quota {}", match.inverted ? " !" : "", match.bytes);
}

void Syntax<QuotaMatch>::list(const QuotaMatch& match, bool /*numeric*/, std::string& out) {
    base::append(out, " quota: {} bytes", match.bytes);
}

}  // namespace sluice::acl::text
