// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/generate.h"

/// Random matches that remember what they were asked, with numbers so small that they change their minds.
namespace sluice::model {

namespace {

using acl::keyed::RecentList;

constexpr std::array<const char*, 3> kNames = {"DEFAULT", "knock", "slow"};
/// Microseconds a packet, and ones that are no whole number of them a second.
constexpr std::array<std::uint64_t, 6> kPeriods_us = {1'000'000, 250'000, 10'000,
                                                      6'000'000, 333'333, 142'857};
constexpr std::array<std::uint8_t, 5> kLengths = {32, 32, 24, 8, 0};

}  // namespace

acl::LimitMatch Generator::limit_match() {
    constexpr std::array<std::uint32_t, 5> periods = {10'000, 2500, 100, 3333, 600'000};
    return {periods[below(periods.size())], 1 + below(5)};
}

acl::StatisticMatch Generator::statistic_match() {
    acl::StatisticMatch match;
    match.inverted = chance(25);
    match.is_given = true;
    if (chance(15)) {
        match.mode = acl::StatisticMatch::Mode::random;
        match.probability = chance(50) ? 0 : 0x80000000U;
        return match;
    }
    match.mode = acl::StatisticMatch::Mode::nth;
    match.every = 1 + below(5);
    match.packet = below(match.every);
    return match;
}

acl::RecentMatch Generator::recent_match() {
    constexpr std::array<std::uint32_t, 5> masks = {0xffffffff, 0xffffffff, 0xffffff00, 0x000000ff, 0};
    acl::RecentMatch match;
    match.name = kNames[below(kNames.size())];
    match.has_operation = true;
    match.is_destination = chance(30);
    match.mask = net::Ipv4Address::from_host(masks[below(masks.size())]);
    match.question.operation = static_cast<RecentList::Operation>(below(4));
    match.question.inverted = chance(30);
    if (match.question.operation == RecentList::Operation::check ||
        match.question.operation == RecentList::Operation::update) {
        match.question.seconds = chance(70) ? 1 + below(20) : 0;
        match.question.hits = chance(60) ? 1 + below(chance(90) ? 6 : 60) : 0;
        match.question.reaps = match.question.seconds != 0 && chance(40);
        match.question.asks_ttl = chance(20);
    }
    return match;
}

acl::HashlimitMatch Generator::hashlimit_match() {
    acl::HashlimitMatch match;
    match.name = kNames[below(kNames.size())];
    match.is_above = chance(50);
    match.has_rate = true;
    acl::keyed::HashLimitOptions& options = match.options;
    options.mode = static_cast<std::uint8_t>(below(16));
    options.source_bits = kLengths[below(kLengths.size())];
    options.destination_bits = kLengths[below(kLengths.size())];
    options.sweep_ms = chance(60) ? 1000 : 1 + below(5000);
    options.size = chance(50) ? 100 : 1 + below(4);
    options.most = chance(50) ? 0 : below(8);
    match.has_expire = chance(40);
    if (match.has_expire) {
        options.expire_ms = 1 + below(10'000);
    }
    options.by_bytes = chance(30);
    if (options.by_bytes) {
        options.average = 200'000 + below(90'000'000);  // a few hundred bytes a second and more
        match.has_burst = chance(50);
        match.burst_given = acl::HashlimitMatch::bytes_a_second(options.average) * (1 + below(3)) + below(2);
    } else {
        options.average = kPeriods_us[below(kPeriods_us.size())];
        match.has_burst = true;
        match.burst_given = 1 + below(5);
        match.unit_seconds = options.average > 1'000'000 ? 60 : 1;
    }
    match.is_rate_match = chance(35);
    match.interval_s = match.is_rate_match && chance(50) ? 1 + below(4) : 0;
    return match;
}

acl::AnyMatch Generator::memory_match() {
    switch (below(10)) {
        case 0:
            return limit_match();
        case 1:
            return statistic_match();
        case 2:
            return acl::QuotaMatch{below(20'000), chance(25)};
        case 3:
            return acl::ConnlimitMatch{below(4),   chance(40), true,
                                       chance(40), true,       kLengths[below(kLengths.size())]};
        case 8:
        case 9:
            return acl::ConnlabelMatch{static_cast<std::uint8_t>(chance(80) ? below(3) : 126 + below(2)), chance(40), chance(30)};
        case 4:
        case 5:
            return hashlimit_match();
        default:
            return recent_match();
    }
}

void Generator::pass() {
    if (chance(50)) {
        clock_ms_ += below(chance(90) ? 3000 : 40'000);
    }
}

}  // namespace sluice::model
