// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/limit.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/numbers.h"
#include "acl/text/rate.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

constexpr std::uint32_t kScale = 10'000;  // XT_LIMIT_SCALE
constexpr std::uint32_t kMaxBurst = 10'000;
constexpr std::uint32_t kDefaultBurst = 5;

}  // namespace

std::span<const Form<LimitMatch>> Syntax<LimitMatch>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "limit"}, OptionSpec{.name = "limit-burst"}};
    static constexpr std::array kForms = {Form<LimitMatch>{
        .name = "limit", .initial = {.period = kScale * 3'600 / 3, .burst = kDefaultBurst}, .options = kOptions}};
    return kForms;
}

Checked Syntax<LimitMatch>::parse(LimitMatch& match, const OptionUse& use) {
    if (use.option == "limit-burst") {
        const auto burst = parse_number(use.value(), kMaxBurst);
        if (!burst) {
            return use.refuse(fmt::format("invalid burst '{}': a number from 0 to {}", use.value(), kMaxBurst));
        }
        match.burst = *burst == 0 ? kDefaultBurst : *burst;
        return {};
    }
    const auto rate = parse_rate(use.value(), kScale);
    if (!rate) {
        return use.refuse(fmt::format("bad rate '{}': NUMBER[/second|/minute|/hour|/day]", use.value()));
    }
    match.period = static_cast<std::uint32_t>(rate->period);
    return {};
}

Checked Syntax<LimitMatch>::finish(const LimitMatch& match, const RuleFacts& rule) {
    if (match.period == 0) {
        return fault(fmt::format("limit: the rate is too fast: at most {} a second", kScale), rule.begin);
    }
    return {};
}

void Syntax<LimitMatch>::save(const LimitMatch& match, std::string& out) {
    out += " --limit ";
    out += rate_text(match.period, kScale).text;
    if (match.burst != kDefaultBurst) {
        base::append(out, " --limit-burst {}", match.burst);
    }
}

void Syntax<LimitMatch>::list(const LimitMatch& match, bool /*numeric*/, std::string& out) {
    base::append(out, " limit: avg {} burst {}", rate_text(match.period, kScale).text, match.burst);
}

}  // namespace sluice::acl::text
