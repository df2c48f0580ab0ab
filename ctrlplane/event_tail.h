// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "conntrack/event_rings.h"
#include "dataplane/net/family.h"

namespace sluice::ctrlplane {

/// What has happened to connections of late, for those who listen (`sluicectl conntrack -E`): they ask for what has come
/// since they asked before.
///
/// Somebody listens for as long as they go on asking; from then on workers tell nothing any more. Who asks too seldom
/// loses the oldest, with a count. Numbered from 1. Threads: control.
class EventTail {
public:
    using Event = conntrack::Event<net::Ipv4>;

    static constexpr std::size_t kMostEvents = 65536;
    static constexpr std::uint64_t kPatience_ns = 2'000'000'000;  ///< who has not asked for so long has gone

    struct Told {
        Event event;
        std::uint64_t utc_ns = 0;  ///< when it came here
    };

    /// In: `rings`, from which the events come; they outlive the tail.
    explicit EventTail(conntrack::EventRings<net::Ipv4>& rings) : rings_(rings) {}

    /// Somebody listens. Units: the workers' clock.
    void listen(std::uint64_t now_ns) {
        asked_ns_ = now_ns;
        rings_.listen(true);
    }

    /// Takes what workers have told; every tick.
    void tend(std::uint64_t now_ns, std::uint64_t utc_ns) {
        if (!rings_.is_listening()) {
            return;
        }
        fresh_.clear();
        rings_.take([&](const Event& event) { fresh_.push_back({event, utc_ns}); });
        std::sort(fresh_.begin(), fresh_.end(),
                  [](const Told& a, const Told& b) { return a.event.number < b.event.number; });
        for (const Told& told : fresh_) {
            if (told_.size() == kMostEvents) {
                told_.pop_front();
            }
            told_.push_back(told);
            ++last_;
        }
        if (now_ns - asked_ns_ > kPatience_ns) {
            rings_.listen(false);
            told_ = {};
            fresh_ = {};
            ++last_;  // whoever comes back after all has lost something
        }
    }

    [[nodiscard]] std::uint64_t last() const noexcept { return last_; }
    /// Events that found no room on their way here, since the start.
    [[nodiscard]] std::uint64_t lost() const noexcept { return rings_.lost(); }
    /// How many behind number `after` are gone already.
    [[nodiscard]] std::uint64_t gone(std::uint64_t after) const noexcept {
        const std::uint64_t first = last_ - told_.size();
        return after < first ? first - after : 0;
    }
    /// Event number `number`; nullptr: it is gone, or has not happened.
    [[nodiscard]] const Told* at(std::uint64_t number) const noexcept {
        const std::uint64_t first = last_ - told_.size() + 1;
        return number < first || number > last_ ? nullptr : &told_[number - first];
    }

private:
    conntrack::EventRings<net::Ipv4>& rings_;
    std::deque<Told> told_;
    std::vector<Told> fresh_;  ///< of one tick
    std::uint64_t last_ = 0;
    std::uint64_t asked_ns_ = 0;
};

}  // namespace sluice::ctrlplane
