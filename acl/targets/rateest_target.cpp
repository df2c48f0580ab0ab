// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/rateest_target.h"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <cmath>

#include "acl/text/bare_name.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

constexpr std::uint32_t kQuarterSecondUs = 250'000;

struct Unit {
    std::string_view name;
    double us;
};
constexpr std::array<Unit, 10> kUnits = {{{"", 1},
                                          {"s", 1e6},
                                          {"sec", 1e6},
                                          {"secs", 1e6},
                                          {"ms", 1e3},
                                          {"msec", 1e3},
                                          {"msecs", 1e3},
                                          {"us", 1},
                                          {"usec", 1},
                                          {"usecs", 1}}};

/// `250ms`, `1.5s`, `1000000`: in microseconds. Nothing where it is none, or does not fit.
std::optional<std::uint32_t> parse_time(std::string_view text) {
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
            const double us = value * unit.us;
            return us >= 0 && us < kTooMuch ? std::optional(static_cast<std::uint32_t>(us)) : std::nullopt;
        }
    }
    return std::nullopt;
}

/// Which of the kernel's intervals is no shorter.
std::optional<std::uint8_t> interval_of(std::uint32_t us) {
    constexpr std::uint8_t kLongest = 5;
    for (std::uint8_t i = 0; i <= kLongest; ++i) {
        if (us <= kQuarterSecondUs << i) {
            return i;
        }
    }
    return std::nullopt;
}

/// The slowest of the averages that have no larger time constant: T = interval / -ln(1 - 1/2^ewma).
std::optional<std::uint8_t> ewma_of(std::uint32_t interval_us, std::uint32_t constant_us) {
    constexpr std::uint8_t kSlowest = 30;
    for (std::uint8_t i = 1; i <= kSlowest; ++i) {
        const double weight = 1.0 - 1.0 / static_cast<double>(1U << i);
        if (interval_us / -std::log(weight) > constant_us) {
            return i == 1 ? std::nullopt : std::optional(static_cast<std::uint8_t>(i - 1));
        }
    }
    return std::nullopt;
}

/// What the two times mean together.
Checked settle(RateestTarget& target, const OptionUse& use) {
    const auto interval = interval_of(*target.interval_us);
    if (!interval) {
        return fault("RATEEST: the interval is too long: at most 8s", use.begin);
    }
    const auto ewma = ewma_of(*target.interval_us, *target.ewma_us);
    // More could not be read back: iptables prints 32 bits of microseconds.
    if (!ewma || (std::uint64_t{kQuarterSecondUs} << *interval << *ewma) >> 32U != 0) {
        return fault(
            "RATEEST: --rateest-ewmalog is out of range: more than 1.44 times the interval, at most 4294s",
            use.begin);
    }
    target.options = {*interval, *ewma};
    target.interval_us.reset();
    target.ewma_us.reset();
    return {};
}

void append_time(std::uint32_t us, std::string& out) {
    constexpr double kSecond = 1e6;
    constexpr double kMillisecond = 1e3;
    if (us >= kSecond) {
        base::append(out, " {:.1f}s", us / kSecond);
    } else {
        base::append(out, " {:.1f}ms", us / kMillisecond);
    }
}

void append(const RateestTarget& target, std::string_view prefix, std::string& out) {
    const std::uint32_t interval = kQuarterSecondUs << target.options.interval;
    base::append(out, " {0}name {1} {0}interval", prefix, target.name);
    append_time(interval, out);
    base::append(out, " {}ewmalog", prefix);
    append_time(interval << target.options.ewma, out);
}

}  // namespace

std::span<const Form<RateestTarget>> Syntax<RateestTarget>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "rateest-name", .required = true},
        OptionSpec{.name = "rateest-interval", .required = true},
        OptionSpec{.name = "rateest-ewmalog", .required = true},
    };
    static const std::array kForms = {
        Form<RateestTarget>{.name = "RATEEST", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<RateestTarget>::parse(RateestTarget& target, const OptionUse& use) {
    if (use.option == "rateest-name") {
        target.name = use.value();
        return check_bare_name("name of an estimator", RateestTarget::kMaxName, use);
    }
    const auto time = parse_time(use.value());
    if (!time) {
        return use.refuse(fmt::format("bad --{} '{}': a number with s, ms or us", use.option, use.value()));
    }
    (use.option == "rateest-interval" ? target.interval_us : target.ewma_us) = *time;
    return target.interval_us && target.ewma_us ? settle(target, use) : Checked{};
}

void Syntax<RateestTarget>::save(const RateestTarget& target, std::string& out) {
    append(target, "--rateest-", out);
}

void Syntax<RateestTarget>::list(const RateestTarget& target, bool /*numeric*/, std::string& out) {
    append(target, "", out);
}

}  // namespace sluice::acl::text
