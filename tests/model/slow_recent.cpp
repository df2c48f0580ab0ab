// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/slow_recent.h"

namespace sluice::model {

namespace {

constexpr std::int64_t kHz = 1000;

}  // namespace

/// A TTL of zero, of the question or of the entry, is anyone's.
SlowRecent::Entries::iterator SlowRecent::look_up(std::uint32_t address, std::uint8_t ttl) {
    auto entry = entries_.begin();
    while (entry != entries_.end() &&
           (entry->address != address || (ttl != entry->ttl && ttl != 0 && entry->ttl != 0))) {
        ++entry;
    }
    return entry;
}

void SlowRecent::init(std::uint32_t address, std::uint8_t ttl, std::int64_t jiffies) {
    if (entries_.size() >= kMostEntries) {
        entries_.pop_front();
    }
    entries_.push_back({address, ttl, 1, {jiffies}});
}

void SlowRecent::update(Entries::iterator entry, std::int64_t jiffies) {
    entry->index %= instants_;
    if (entry->index == entry->stamps.size()) {
        entry->stamps.push_back(jiffies);
    } else {
        entry->stamps[entry->index] = jiffies;
    }
    entry->index += 1;
    entries_.splice(entries_.end(), entries_, entry);
}

/// Only the oldest is looked at, and not if it is about to be updated.
void SlowRecent::reap(std::int64_t time, Entries::iterator working, bool is_updated) {
    const auto oldest = entries_.begin();
    if (oldest == working && is_updated) {
        return;
    }
    if (time > oldest->stamps[oldest->index - 1]) {
        entries_.erase(oldest);
    }
}

bool SlowRecent::ask(const acl::RecentMatch& match, std::uint32_t address, std::uint8_t ttl,
                     std::int64_t jiffies) {
    using Operation = acl::keyed::RecentList::Operation;
    const auto& info = match.question;
    bool ret = info.inverted;
    const auto entry = look_up(address, info.asks_ttl ? ttl : std::uint8_t{0});
    if (entry == entries_.end()) {
        if (info.operation != Operation::set) {
            return ret;
        }
        init(address, ttl, jiffies);
        return !ret;
    }
    if (info.operation == Operation::set) {
        ret = !ret;
    } else if (info.operation == Operation::remove) {
        entries_.erase(entry);
        return !ret;
    } else {
        const std::int64_t time = jiffies - info.seconds * kHz;
        std::uint32_t hits = 0;
        for (const std::int64_t stamp : entry->stamps) {
            if (info.seconds != 0 && time > stamp) {
                continue;
            }
            if (info.hits == 0 || ++hits >= info.hits) {
                ret = !ret;
                break;
            }
        }
        const bool updates = info.operation == Operation::update && ret;
        if (info.reaps) {
            reap(time, entry, updates);
        }
        if (!updates) {
            return ret;
        }
    }
    update(entry, jiffies);
    entry->ttl = ttl;
    return ret;
}

}  // namespace sluice::model
