// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/slow_hashlimit.h"

#include <algorithm>

namespace sluice::model {

namespace {

constexpr std::uint64_t kHz = 1000;

/// The largest power of two that is not above.
constexpr std::uint64_t power_below(std::uint64_t number) {
    std::uint64_t power = 1;
    while (number / 2 >= power) {
        power *= 2;
    }
    return power;
}

constexpr std::uint64_t kCreditsPerJiffy = power_below(~std::uint64_t{0} / (kHz * 60 * 60 * 24));
constexpr std::uint64_t kByteCreditsPerJiffy = power_below(0xffffffffU / kHz);
constexpr std::uint64_t kFullOfBytes = kByteCreditsPerJiffy * kHz;

std::uint64_t user2credits(std::uint64_t user) {
    constexpr std::uint64_t kScale = 1'000'000;
    return user * (kHz * kCreditsPerJiffy / kScale);
}

/// libxt_hashlimit's cost_to_bytes.
std::uint64_t bytes_a_second(std::uint64_t cost) {
    const std::uint64_t chunks = cost != 0 ? 0xffffffffU / cost : 0xffffffffU;
    return (chunks - 1) * 16;
}

std::uint32_t cut(std::uint32_t address, unsigned length) {
    return length == 0 ? 0 : address / (1ULL << (32 - length)) * (1ULL << (32 - length)) % 0x100000000;
}

}  // namespace

SlowHashlimit::SlowHashlimit(const acl::HashlimitMatch& match) : made_by_(match) {
    const auto& options = match.options;
    const std::size_t size = options.size == 0 ? 8192 : options.size;
    most_ = options.most == 0 ? 8 * size : std::max<std::size_t>(options.most, size);
    if (options.by_bytes) {
        const std::uint64_t second = bytes_a_second(options.average);
        burst_ = match.has_burst ? match.burst_given / second + (match.burst_given % second != 0 ? 1 : 0) : 0;
        expire_ms_ = match.has_burst ? 60'000 : 15'000;
    } else {
        burst_ = match.burst_given;
        expire_ms_ = match.unit_seconds * std::int64_t{1000};
    }
    if (match.has_expire) {
        expire_ms_ = options.expire_ms;
    }
    if (match.is_rate_match) {
        interval_s_ = match.interval_s;
        if (interval_s_ == 0) {
            interval_s_ = options.by_bytes ? 1 : match.unit_seconds;
        }
    }
}

void SlowHashlimit::collect(std::int64_t jiffies) {
    const std::int64_t interval = made_by_.options.sweep_ms;
    const std::int64_t last = jiffies / interval * interval;
    std::erase_if(entries_, [&](const auto& one) { return last >= one.second.expires; });
}

/// hashlimit_init_dst. False: the ports are asked for and are cut off.
bool SlowHashlimit::read_key(const Packet& packet, Key& key) const {
    using Options = acl::keyed::HashLimitOptions;
    const Options& options = made_by_.options;
    const bool by_source_port = (options.mode & Options::kSourcePort) != 0;
    const bool by_destination_port = (options.mode & Options::kDestinationPort) != 0;
    if ((options.mode & Options::kSource) != 0) {
        key[0] = cut(packet.source.host(), options.source_bits);
    }
    if ((options.mode & Options::kDestination) != 0) {
        key[1] = cut(packet.destination.host(), options.destination_bits);
    }
    if (!by_source_port && !by_destination_port) {
        return true;
    }
    std::size_t at = static_cast<std::size_t>(packet.packet[0]) % 16 * 4;
    switch (packet.protocol) {
        case 6:
        case 17:
        case 33:
        case 50:
        case 132:
        case 136:
            break;
        case 51:
            at += 4;
            break;
        default:
            return true;
    }
    if (at + 4 > packet.packet.size()) {
        return false;
    }
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(packet.packet[at + i]); };
    key[2] = by_source_port ? byte(0) * 256 + byte(1) : 0;
    key[3] = by_destination_port ? byte(2) * 256 + byte(3) : 0;
    return true;
}

/// user2rate of what libxt_hashlimit tells for an interval, or user2rate_bytes.
std::uint64_t SlowHashlimit::rate() const {
    const auto& options = made_by_.options;
    return options.by_bytes ? bytes_a_second(options.average) : 1'000'000 / (options.average / made_by_.unit_seconds);
}

SlowHashlimit::Entry SlowHashlimit::made(std::int64_t jiffies) const {
    Entry entry;
    entry.prev = jiffies;
    const std::uint64_t average = made_by_.options.average;
    if (interval_s_ != 0) {
        const std::uint64_t all = rate();
        entry.burst = !made_by_.options.by_bytes ? all + burst_ : burst_ == 0 ? all : all * burst_;
    } else if (made_by_.options.by_bytes) {
        entry.credit = kFullOfBytes;
        entry.cost = average * kHz * kByteCreditsPerJiffy / 0x100000000;
        entry.credit_cap = burst_;  // how often it may be filled again
    } else {
        entry.credit = entry.credit_cap = user2credits(average * burst_);
        entry.cost = user2credits(average);
    }
    return entry;
}

void SlowHashlimit::recalculate(Entry& entry, std::int64_t jiffies) const {
    const auto delta = static_cast<std::uint64_t>(jiffies - entry.prev);
    if (delta == 0) {
        return;
    }
    if (interval_s_ != 0) {
        const std::uint64_t interval = interval_s_ * kHz;
        if (delta >= interval) {
            entry.prev = jiffies;
            entry.prev_window = entry.current_rate * interval > delta * rate();
            entry.current_rate = 0;
        }
        return;
    }
    entry.prev = jiffies;
    const bool by_bytes = made_by_.options.by_bytes;
    const std::uint64_t cap = by_bytes ? kFullOfBytes : entry.credit_cap;
    entry.credit = std::min(cap, entry.credit + delta * (by_bytes ? kByteCreditsPerJiffy : kCreditsPerJiffy));
}

std::uint64_t SlowHashlimit::byte_cost(std::uint32_t bytes, Entry& entry) {
    const std::uint64_t cost = std::min((bytes / 16 + 1) * entry.cost, kFullOfBytes);
    if (entry.credit < cost && entry.credit_cap != 0) {
        entry.credit_cap -= 1;
        entry.credit = kFullOfBytes;
    }
    return cost;
}

Reading SlowHashlimit::ask(bool is_above, const Packet& packet, std::int64_t jiffies) {
    Key key{};
    if (!read_key(packet, key)) {
        return {false, true};
    }
    collect(jiffies);
    auto known = entries_.find(key);
    if (known == entries_.end()) {
        if (entries_.size() >= most_) {
            return {false, true};
        }
        known = entries_.emplace(key, made(jiffies)).first;
    } else {
        recalculate(known->second, jiffies);
    }
    Entry& entry = known->second;
    entry.expires = jiffies + expire_ms_;
    if (interval_s_ != 0) {
        entry.current_rate += made_by_.options.by_bytes ? packet.bytes : 1;
        return {(!entry.prev_window && entry.current_rate <= entry.burst) != is_above, false};
    }
    const std::uint64_t cost = made_by_.options.by_bytes ? byte_cost(packet.bytes, entry) : entry.cost;
    if (entry.credit >= cost) {
        entry.credit -= cost;
        return {!is_above, false};
    }
    return {is_above, false};
}

}  // namespace sluice::model
