// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/rateest.h"

#include <fmt/core.h>

#include <charconv>
#include <optional>
#include <utility>

#include "acl/text/bare_name.h"
#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

using Mode = RateestMatch::Mode;

constexpr double kKilo = 1e3;
constexpr double kMega = 1e6;
constexpr double kGiga = 1e9;
constexpr double kTera = 1e12;
constexpr double kKibi = 1024;
constexpr double kByte = 8;

struct Unit {
    std::string_view name;
    double bits;
};
constexpr std::array<Unit, 19> kUnits = {{{"", 1},
                                          {"bit", 1},
                                          {"kibit", kKibi},
                                          {"kbit", kKilo},
                                          {"mibit", kKibi* kKibi},
                                          {"mbit", kMega},
                                          {"gibit", kKibi* kKibi* kKibi},
                                          {"gbit", kGiga},
                                          {"tibit", kKibi* kKibi* kKibi* kKibi},
                                          {"tbit", kTera},
                                          {"bps", kByte},
                                          {"kibps", kByte* kKibi},
                                          {"kbps", kByte* kKilo},
                                          {"mibps", kByte* kKibi* kKibi},
                                          {"mbps", kByte* kMega},
                                          {"gibps", kByte* kKibi* kKibi* kKibi},
                                          {"gbps", kByte* kGiga},
                                          {"tibps", kByte* kKibi* kKibi* kKibi* kKibi},
                                          {"tbps", kByte* kTera}}};

/// `1mbit`, `1.5KiBps`, `8000` (bits): in bytes a second. Nothing where it is none, or does not fit.
std::optional<std::uint32_t> parse_rate_in_bits(std::string_view text) {
    constexpr double kTooMuch = 4294967296.0;
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{}) {
        return std::nullopt;
    }
    const std::string_view written(rest, static_cast<std::size_t>(end - rest));
    for (const Unit& unit : kUnits) {
        if (written.size() == unit.name.size() && starts_with_no_case(written, unit.name)) {
            const double bytes = value * unit.bits / kByte;
            return bytes >= 0 && bytes < kTooMuch ? std::optional(static_cast<std::uint32_t>(bytes))
                                                  : std::nullopt;
        }
    }
    return std::nullopt;
}

Checked set_number(RateestMatch& match, const OptionUse& use) {
    RateestMatch::Question& question = match.question;
    const bool is_bytes = use.option.substr(0, std::string_view("rateest-bps").size()) == "rateest-bps";
    const std::size_t side = use.option.back() == '1' ? 0 : 1;
    (is_bytes ? question.asks_bytes : question.asks_packets) = true;
    if (use.values.empty()) {
        return {};
    }
    const auto number = is_bytes ? parse_rate_in_bits(use.value()) : parse_number(use.value(), 0xffffffffU);
    if (!number) {
        return use.refuse(
            is_bytes ? fmt::format("could not parse rate '{}': less than 2^32 bytes a second", use.value())
                     : fmt::format("could not parse pps '{}': from 0 to 4294967295", use.value()));
    }
    (is_bytes ? question.bytes : question.packets)[side] = *number;
    return {};
}

void append_rate(std::uint32_t bytes, bool numeric, std::string& out) {
    const double bits = kByte * bytes;
    if (numeric) {
        base::append(out, " {}", bytes);
    } else if (bits >= kGiga) {
        base::append(out, " {:.0f}Mbit", bits / kMega);
    } else if (bits >= kMega) {
        base::append(out, " {:.0f}Kbit", bits / kKilo);
    } else {
        base::append(out, " {:.0f}bit", bits);
    }
}

void append_mode(const RateestMatch::Question& question, std::string_view prefix, std::string& out) {
    constexpr std::array<std::string_view, 4> kNames = {"", "eq", "lt", "gt"};
    base::append(out, "{} {}{}", question.inverted ? " !" : "", prefix,
                 kNames[static_cast<std::size_t>(question.mode)]);
}

/// One side as `-L` shows it; where the other one is a number, with the comparison and that number.
void list_side(const RateestMatch& match, std::size_t side, bool numeric, std::string& out) {
    const RateestMatch::Question& question = match.question;
    const bool has_number = question.is_delta;
    const bool has_other = !match.is_relative();
    if (question.asks_bytes) {
        out += " bps";
        if (has_number) {
            append_rate(question.bytes[side], numeric, out);
        }
        if (has_other) {
            append_rate(question.bytes[1], numeric, out);
            append_mode(question, "", out);
        }
    }
    if (question.asks_packets) {
        out += " pps";
        if (has_number) {
            base::append(out, " {}", question.packets[side]);
        }
        if (has_other) {
            append_mode(question, "", out);
            base::append(out, " {}", question.packets[1]);
        }
    }
}

}  // namespace

std::span<const Form<RateestMatch>> Syntax<RateestMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "rateest1"},
        OptionSpec{.name = "rateest", .alias_of = "rateest1"},
        OptionSpec{.name = "rateest2"},
        OptionSpec{.name = "rateest-bps1", .values = 0, .may_have_value = true},
        OptionSpec{.name = "rateest-pps1", .values = 0, .may_have_value = true},
        OptionSpec{.name = "rateest-bps2", .values = 0, .may_have_value = true},
        OptionSpec{.name = "rateest-pps2", .values = 0, .may_have_value = true},
        OptionSpec{.name = "rateest-bps", .values = 0, .alias_of = "rateest-bps2", .may_have_value = true},
        OptionSpec{.name = "rateest-pps", .values = 0, .alias_of = "rateest-pps2", .may_have_value = true},
        OptionSpec{.name = "rateest-delta", .values = 0},
        OptionSpec{.name = "rateest-lt", .values = 0, .invertible = true},
        OptionSpec{.name = "rateest-gt", .values = 0, .invertible = true},
        OptionSpec{.name = "rateest-eq", .values = 0, .invertible = true},
    };
    static const std::array kForms = {
        Form<RateestMatch>{.name = "rateest", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<RateestMatch>::parse(RateestMatch& match, const OptionUse& use) {
    if (use.option == "rateest1" || use.option == "rateest2") {
        (use.option == "rateest1" ? match.first : match.second) = use.value();
        return check_bare_name("name of an estimator", RateestMatch::kMaxName, use);
    }
    if (use.option == "rateest-delta") {
        match.question.is_delta = true;
        return {};
    }
    constexpr std::array<std::pair<std::string_view, Mode>, 3> kModes = {
        {{"rateest-lt", Mode::lt}, {"rateest-gt", Mode::gt}, {"rateest-eq", Mode::eq}}};
    for (const auto& [name, mode] : kModes) {
        if (use.option == name) {
            match.question.mode = mode;
            match.question.inverted = match.question.inverted || use.inverted;
            return {};
        }
    }
    return set_number(match, use);
}

Checked Syntax<RateestMatch>::finish(const RateestMatch& match, const RuleFacts& rule) {
    if (match.first.empty()) {
        return fault("rateest: --rateest1 is required", rule.begin);
    }
    if (match.question.mode == Mode::none) {
        return fault("rateest: --rateest-lt, --rateest-gt or --rateest-eq is required", rule.begin);
    }
    if (!match.question.asks_bytes && !match.question.asks_packets) {
        return fault("rateest: --rateest-bps or --rateest-pps is required", rule.begin);
    }
    return {};
}

/// iptables prints the comparison once for bytes and once more for packets, which it does not take back.
void Syntax<RateestMatch>::save(const RateestMatch& match, std::string& out) {
    const RateestMatch::Question& question = match.question;
    const bool relative = match.is_relative();
    const std::string_view digit = question.is_delta ? "2" : "";
    base::append(out, "{} --rateest{} {}", question.is_delta ? " --rateest-delta" : "", relative ? "1" : "",
                 match.first);
    if (question.asks_bytes) {
        if (question.is_delta) {
            out += " --rateest-bps1";
            append_rate(question.bytes[0], false, out);
        }
        append_mode(question, "--rateest-", out);
        base::append(out, " --rateest-bps{}", digit);
        if (question.is_delta || !relative) {
            append_rate(question.bytes[1], false, out);
        }
    }
    if (question.asks_packets) {
        if (question.is_delta) {
            base::append(out, " --rateest-pps1 {}", question.packets[0]);
        }
        if (!question.asks_bytes) {
            append_mode(question, "--rateest-", out);
        }
        base::append(out, " --rateest-pps{}", digit);
        if (question.is_delta || !relative) {
            base::append(out, " {}", question.packets[1]);
        }
    }
    if (relative) {
        base::append(out, " --rateest2 {}", match.second);
    }
}

void Syntax<RateestMatch>::list(const RateestMatch& match, bool numeric, std::string& out) {
    const std::string_view delta = match.question.is_delta ? " delta" : "";
    base::append(out, " rateest match {}{}", match.first, delta);
    list_side(match, 0, numeric, out);
    if (match.is_relative()) {
        append_mode(match.question, "", out);
        base::append(out, " {}", match.second);
        list_side(match, 1, numeric, out);
    }
}

}  // namespace sluice::acl::text
