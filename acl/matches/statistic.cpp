// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/statistic.h"

#include <fmt/core.h>

#include <array>

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

using Mode = StatisticMatch::Mode;

constexpr double kOne = 2147483648.0;  // 2^31

std::optional<double> parse_probability(const std::string& text) {
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end || !(value >= 0 && value <= 1)) {
        return std::nullopt;
    }
    return value;
}

void append(const StatisticMatch& match, std::string_view dashes, std::string& out) {
    const std::string_view sign = match.inverted ? " !" : "";
    if (match.mode == Mode::random) {
        base::append(out, " {0}mode random{1} {0}probability {2:.11f}", dashes, sign,
                     match.probability / kOne);
    } else {
        base::append(out, " {0}mode nth{1} {0}every {2} {0}packet {3}", dashes, sign, match.every,
                     match.packet);
    }
}

}  // namespace

std::span<const Form<StatisticMatch>> Syntax<StatisticMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "mode"},
        OptionSpec{.name = "probability", .invertible = true},
        OptionSpec{.name = "every", .invertible = true},
        OptionSpec{.name = "packet"},
    };
    static constexpr std::array kForms = {
        Form<StatisticMatch>{.name = "statistic", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<StatisticMatch>::parse(StatisticMatch& match, const OptionUse& use) {
    if (use.option == "mode") {
        if (use.value() != "random" && use.value() != "nth") {
            return use.refuse(fmt::format("bad mode '{}': random or nth", use.value()));
        }
        match.mode = use.value() == "random" ? Mode::random : Mode::nth;
        return {};
    }
    if (use.option == "probability") {
        const auto probability = parse_probability(use.value());
        if (!probability) {
            return use.refuse(fmt::format("invalid probability '{}': a number from 0 to 1", use.value()));
        }
        if (match.mode != Mode::random) {
            return fault("statistic: --probability needs --mode random before it", use.begin);
        }
        match.probability = static_cast<std::uint32_t>(std::lround(kOne * *probability));
        match.inverted = use.inverted;
        match.is_given = true;
        return {};
    }
    if (match.mode != Mode::nth) {
        return fault(fmt::format("statistic: --{} needs --mode nth before it", use.option), use.begin);
    }
    const bool is_every = use.option == "every";
    const auto number = parse_number(use.value(), 0xffffffffU);
    if (!number || (is_every && *number == 0)) {
        return use.refuse(fmt::format("invalid number '{}': from {} to 4294967295", use.value(), is_every ? 1 : 0));
    }
    if (is_every) {
        match.every = *number;
        match.inverted = use.inverted;
        match.is_given = true;
    } else {
        match.packet = *number;
        match.has_packet = true;
    }
    return {};
}

Checked Syntax<StatisticMatch>::finish(const StatisticMatch& match, const RuleFacts& rule) {
    if (match.mode == Mode::nth) {
        if (!match.is_given || !match.has_packet) {
            return fault("statistic: --mode nth needs --every and --packet", rule.begin);
        }
        if (match.packet >= match.every) {
            return fault(fmt::format("statistic: --packet must lie between 0 and {}", match.every - 1), rule.begin);
        }
        return {};
    }
    return match.is_given ? Checked{} : fault("statistic: --mode random needs --probability", rule.begin);
}

void Syntax<StatisticMatch>::save(const StatisticMatch& match, std::string& out) { append(match, "--", out); }

void Syntax<StatisticMatch>::list(const StatisticMatch& match, bool /*numeric*/, std::string& out) {
    out += " statistic";
    append(match, "", out);
}

}  // namespace sluice::acl::text
