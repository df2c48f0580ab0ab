// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/hashlimit.h"

#include <fmt/core.h>

#include <array>
#include <limits>
#include <optional>
#include <string_view>

#include "acl/text/numbers.h"
#include "acl/text/rate.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

using Options = keyed::HashLimitOptions;

constexpr std::uint32_t kScale = 1'000'000;       // XT_HASHLIMIT_SCALE_v2
constexpr std::uint64_t kMaxBurst = 1'000'000;    // XT_HASHLIMIT_BURST_MAX
constexpr std::uint32_t kSweepMs = 1'000;         // XT_HASHLIMIT_GCINTERVAL
/// What xt_hashlimit's credits can hold, in microseconds (with 250 or 1000 jiffies a second).
constexpr std::uint64_t kMostCredit = 134'217'000'000;
constexpr std::size_t kMaxName = 254;

/// Parts of a second that 16 bytes cost at so many bytes a second.
std::uint64_t bytes_to_cost(std::uint64_t bytes) {
    const auto chunks = static_cast<std::uint32_t>(bytes >> HashlimitMatch::kChunkShift);
    return HashlimitMatch::kParts / (std::uint64_t{chunks} + 1);
}

std::uint64_t factor_of(std::string_view text) {
    constexpr std::uint64_t kKilo = 1024;
    if (text.starts_with('k')) {
        return kKilo;
    }
    return text.starts_with('m') ? kKilo * kKilo : 1;
}

/// `512kb/s`: bytes a second.
std::optional<std::uint64_t> parse_bytes_rate(std::string_view text) {
    if (!text.ends_with("b/s")) {
        return std::nullopt;
    }
    std::string_view digits = text.substr(0, text.size() - 3);
    std::uint64_t factor = 1;
    if (!digits.empty() && (digits.back() == 'k' || digits.back() == 'm')) {
        factor = factor_of(digits.substr(digits.size() - 1));
        digits.remove_suffix(1);
    }
    const auto number = parse_digits(digits, 0xffffffffU);
    return number && *number != 0 ? std::optional(*number * factor) : std::nullopt;
}

Checked take_rate(HashlimitMatch& match, const OptionUse& use) {
    if (match.has_rate) {
        return fault("hashlimit: only one of --hashlimit-upto and --hashlimit-above can be given", use.begin);
    }
    match.has_rate = true;
    match.is_above = (use.option == "hashlimit-above") != use.inverted;
    if (const auto bytes = parse_bytes_rate(use.value())) {
        match.options.by_bytes = true;
        match.options.average = bytes_to_cost(*bytes);
        return match.options.average != 0 ? Checked{} : use.refuse(fmt::format("the rate '{}' is too high", use.value()));
    }
    const auto rate = parse_rate(use.value(), kScale);
    if (!rate) {
        return use.refuse(
            fmt::format("bad rate '{}': NUMBER[/second|/minute|/hour|/day] or NUMBER[k|m]b/s", use.value()));
    }
    if (rate->period == 0) {
        return use.refuse(fmt::format("the rate '{}' is too fast: at most {} a second", use.value(), kScale));
    }
    match.options.average = rate->period;
    match.unit_seconds = rate->unit_seconds;
    return {};
}

Checked take_burst(HashlimitMatch& match, const OptionUse& use) {
    const auto number = leading_number(use.value());
    const bool has_unit = number && (number->rest == "k" || number->rest == "kb" || number->rest == "m" ||
                                     number->rest == "mb" || number->rest == "b");
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max() >> 20U;
    if (!number || number->value == 0 || (!number->rest.empty() && !has_unit) ||
        (number->rest.empty() && number->value > kMaxBurst) || number->value > kMost) {
        return use.refuse(fmt::format("invalid burst '{}': packets from 1 to {}, or bytes such as 64kb", use.value(),
                                      kMaxBurst));
    }
    match.has_burst = true;
    match.burst_given = number->value * factor_of(number->rest);
    return {};
}

Checked take_mode(HashlimitMatch& match, const OptionUse& use) {
    constexpr std::array<std::pair<std::string_view, std::uint8_t>, 4> kModes = {{
        {"dstip", Options::kDestination},
        {"srcip", Options::kSource},
        {"srcport", Options::kSourcePort},
        {"dstport", Options::kDestinationPort},
    }};
    const std::string_view all = use.value();
    std::size_t begin = 0;
    while (begin <= all.size()) {
        const std::size_t end = std::min(all.find_first_of(",|", begin), all.size());
        const std::string_view word = all.substr(begin, end - begin);
        begin = end + 1;
        if (word.empty()) {
            continue;
        }
        bool known = false;
        for (const auto& [name, bit] : kModes) {
            if (word == name) {
                match.options.mode |= bit;
                known = true;
            }
        }
        if (!known) {
            return use.refuse(fmt::format("bad mode '{}': a list of srcip, srcport, dstip, dstport", word));
        }
    }
    return {};
}

Checked take_interval(HashlimitMatch& match, const OptionUse& use) {
    constexpr std::uint32_t kMost = 0x7fffffff;
    const auto seconds = parse_digits(use.value(), kMost);
    if (!seconds || *seconds == 0) {
        return use.refuse(fmt::format("bad interval '{}': seconds from 1 to {}", use.value(), kMost));
    }
    match.interval_s = static_cast<std::uint32_t>(*seconds);
    return {};
}

void append_modes(std::uint8_t mode, char separator, std::string& out) {
    constexpr std::array<std::pair<std::string_view, std::uint8_t>, 4> kModes = {{
        {"srcip", Options::kSource},
        {"srcport", Options::kSourcePort},
        {"dstip", Options::kDestination},
        {"dstport", Options::kDestinationPort},
    }};
    char before = ' ';
    for (const auto& [name, bit] : kModes) {
        if ((mode & bit) != 0) {
            out += before;
            out += name;
            before = separator;
        }
    }
}

std::string bytes_text(std::uint64_t bytes, std::uint64_t average) {
    struct Unit {
        std::string_view name;
        std::uint64_t bytes;
    };
    constexpr std::array<Unit, 2> kUnits = {{{"m", 1024 * 1024}, {"k", 1024}}};
    for (const Unit& unit : kUnits) {
        // A rate is printed in the unit in which it says the same; a burst in the largest.
        if (bytes >= unit.bytes && (average == 0 || bytes_to_cost(bytes & ~(unit.bytes - 1)) == average)) {
            return fmt::format("{}{}", bytes / unit.bytes, unit.name);
        }
    }
    return fmt::format("{}", bytes);
}

/// ` 10/sec --hashlimit-burst 5`; returns the --hashlimit-htable-expire that goes without saying.
/// In: by how much the time of a packet is multiplied first.
std::uint32_t append_rate(const Options& options, std::uint32_t factor, std::string_view dashes, std::string& out) {
    if (!options.by_bytes) {
        const RateText rate = rate_text(options.average * factor, kScale);
        base::append(out, " {} {}burst {}", rate.text, dashes, options.burst);
        return rate.unit_seconds * 1000;
    }
    const std::uint64_t bytes = HashlimitMatch::bytes_a_second(options.average);
    base::append(out, " {}b/s", bytes_text(bytes, options.average));
    if (options.burst == 0) {
        return HashlimitMatch::kByteExpireMs;
    }
    base::append(out, " {}burst {}b", dashes, bytes_text(bytes * options.burst, 0));
    return HashlimitMatch::kByteBurstExpireMs;
}

void append_rest(const Options& options, std::uint32_t usual_expire_ms, std::string_view dashes,
                 std::string& out) {
    if (options.size != 0) {
        base::append(out, " {}htable-size {}", dashes, options.size);
    }
    if (options.most != 0) {
        base::append(out, " {}htable-max {}", dashes, options.most);
    }
    if (options.sweep_ms != kSweepMs) {
        base::append(out, " {}htable-gcinterval {}", dashes, options.sweep_ms);
    }
    if (options.expire_ms != usual_expire_ms) {
        base::append(out, " {}htable-expire {}", dashes, options.expire_ms);
    }
    if (options.source_bits != 32) {
        base::append(out, " {}srcmask {}", dashes, options.source_bits);
    }
    if (options.destination_bits != 32) {
        base::append(out, " {}dstmask {}", dashes, options.destination_bits);
    }
    if (options.interval_s != 0) {
        base::append(out, " {}rate-match", dashes);
    }
    if (options.interval_s > 1) {
        base::append(out, " {}rate-interval {}", dashes, options.interval_s);
    }
}

}  // namespace

std::span<const Form<HashlimitMatch>> Syntax<HashlimitMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "hashlimit-upto", .invertible = true},
        OptionSpec{.name = "hashlimit-above", .invertible = true},
        OptionSpec{.name = "hashlimit", .invertible = true, .alias_of = "hashlimit-upto"},
        OptionSpec{.name = "hashlimit-srcmask"},
        OptionSpec{.name = "hashlimit-dstmask"},
        OptionSpec{.name = "hashlimit-burst"},
        OptionSpec{.name = "hashlimit-htable-size"},
        OptionSpec{.name = "hashlimit-htable-max"},
        OptionSpec{.name = "hashlimit-htable-gcinterval"},
        OptionSpec{.name = "hashlimit-htable-expire"},
        OptionSpec{.name = "hashlimit-mode"},
        OptionSpec{.name = "hashlimit-name", .required = true},
        OptionSpec{.name = "hashlimit-rate-match", .values = 0},
        OptionSpec{.name = "hashlimit-rate-interval"},
    };
    static const std::array kForms = {Form<HashlimitMatch>{.name = "hashlimit", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<HashlimitMatch>::parse(HashlimitMatch& match, const OptionUse& use) {
    if (use.option == "hashlimit-upto" || use.option == "hashlimit-above") {
        return take_rate(match, use);
    }
    if (use.option == "hashlimit-burst") {
        return take_burst(match, use);
    }
    if (use.option == "hashlimit-mode") {
        return take_mode(match, use);
    }
    if (use.option == "hashlimit-name") {
        if (use.value().empty() || use.value().size() > kMaxName || use.value().find_first_of("/ \"\\") != std::string::npos) {
            return use.refuse(fmt::format("'{}' is no name of a table: 1 to {} characters, no '/', blank, quote or backslash", use.value(), kMaxName));
        }
        match.name = use.value();
        return {};
    }
    if (use.option == "hashlimit-rate-match") {
        match.is_rate_match = true;
        return {};
    }
    if (use.option == "hashlimit-rate-interval") {
        return take_interval(match, use);
    }
    const bool is_source = use.option == "hashlimit-srcmask";
    if (is_source || use.option == "hashlimit-dstmask") {
        const auto bits = parse_number(use.value(), 32);
        if (!bits) {
            return use.refuse(fmt::format("invalid prefix length '{}': from 0 to 32", use.value()));
        }
        (is_source ? match.options.source_bits : match.options.destination_bits) = static_cast<std::uint8_t>(*bits);
        return {};
    }
    const auto number = parse_number(use.value(), 0xffffffffU);
    if (!number) {
        return use.refuse(fmt::format("invalid number '{}': from 0 to 4294967295", use.value()));
    }
    if (use.option == "hashlimit-htable-size") {
        match.options.size = *number;
    } else if (use.option == "hashlimit-htable-max") {
        match.options.most = *number;
    } else if (use.option == "hashlimit-htable-gcinterval") {
        match.options.sweep_ms = *number;
    } else {
        match.options.expire_ms = *number;
        match.has_expire = true;
    }
    return {};
}

Checked Syntax<HashlimitMatch>::finish(const HashlimitMatch& match, const RuleFacts& rule) {
    constexpr std::size_t kMostGroups = 16'000'000;
    if (!match.has_rate) {
        return fault("hashlimit: --hashlimit-upto or --hashlimit-above must be given", rule.begin);
    }
    if (match.options.by_bytes && match.has_burst && match.burst_given < HashlimitMatch::bytes_a_second(match.options.average)) {
        return fault(fmt::format("hashlimit: the burst cannot be smaller than {}b", HashlimitMatch::bytes_a_second(match.options.average)),
                     rule.begin);
    }
    if (!match.options.by_bytes && match.burst_given > kMaxBurst) {
        return fault(fmt::format("hashlimit: the burst is at most {} packets", kMaxBurst), rule.begin);
    }
    if (match.settled().average == 0) {
        return fault(fmt::format("hashlimit: the rate is too fast for --hashlimit-rate-match: at most {} a second", kScale), rule.begin);
    }
    if (!match.options.by_bytes && !match.is_rate_match && match.options.average * match.burst_given > kMostCredit) {
        return fault("hashlimit: rate and burst together are more than Linux counts: a burst lasts at most 134217 seconds",
                     rule.begin);
    }
    if (match.options.sweep_ms == 0 || match.settled().expire_ms == 0) {
        return fault("hashlimit: --hashlimit-htable-gcinterval and --hashlimit-htable-expire cannot be 0", rule.begin);
    }
    if (match.settled().room() > kMostGroups) {
        return fault(fmt::format("hashlimit: a table of {} groups is more than {}", match.settled().room(), kMostGroups),
                     rule.begin);
    }
    return {};
}

void Syntax<HashlimitMatch>::save(const HashlimitMatch& match, std::string& out) {
    const Options options = match.settled();
    out += match.is_above ? " --hashlimit-above" : " --hashlimit-upto";
    const std::uint32_t expire_ms = append_rate(options, 1, "--hashlimit-", out);
    if (options.mode != 0) {
        out += " --hashlimit-mode";
        append_modes(options.mode, ',', out);
    }
    out += " --hashlimit-name " + match.name;
    append_rest(options, expire_ms, "--hashlimit-", out);
}

/// The rate of a rate match for its interval, as iptables does; also for an interval that has no rate match.
void Syntax<HashlimitMatch>::list(const HashlimitMatch& match, bool /*numeric*/, std::string& out) {
    const Options options = match.settled();
    out += match.is_above ? " limit: above" : " limit: up to";
    const std::uint32_t interval_s = match.is_rate_match ? options.interval_s : match.interval_s;
    const std::uint32_t expire_ms = append_rate(options, std::max(interval_s, 1U), "", out);
    if (options.mode != 0) {
        out += " mode";
        append_modes(options.mode, '-', out);
    }
    append_rest(options, expire_ms, "", out);
}

}  // namespace sluice::acl::text
