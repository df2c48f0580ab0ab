// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <concepts>
#include <cstdint>

#include "conntrack/connection.h"

namespace sluice::conntrack {

/// Tells when nobody can still hold what was taken out before `begin`.
///
/// The dataplane implements it by rte_rcu_qsbr (start, check without waiting); tests by a small epoch.
template <class G>
concept Grace = requires(G grace, std::uint64_t token) {
    { grace.begin() } -> std::convertible_to<std::uint64_t>;
    { grace.passed(token) } -> std::convertible_to<bool>;
};

/// Dead entries on their way to reuse: out of the buckets, perhaps still read by somebody.
///
/// They are gathered, and each `reclaim` seals what was gathered since the last one under one grace period,
/// so the price of asking for one is paid once a poll. Chained by `link`.
///
/// In: Entries: `E& operator()(std::uint32_t index)` of something with a `link`.
/// Threads: one, the owner.
template <class Entries>
class Limbo {
public:
    explicit Limbo(Entries entries) noexcept : entries_(entries) {}

    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

    void add(std::uint32_t index) noexcept {
        entries_(index).link.store(gathering_, std::memory_order_relaxed);
        gathering_ = index;
        ++size_;
    }

    /// Gives back at most `budget` entries whose grace period has passed: give(index).
    template <Grace G, class Give>
    void reclaim(G& grace, unsigned budget, Give give) noexcept {
        if (gathering_ != kNoEntry && sealed_count_ < sealed_.size()) {
            sealed_[(first_ + sealed_count_) % sealed_.size()] = {grace.begin(), gathering_};
            ++sealed_count_;
            gathering_ = kNoEntry;
        }
        while (sealed_count_ != 0 && budget != 0) {
            Sealed& oldest = sealed_[first_];
            if (!grace.passed(oldest.token)) {
                return;
            }
            for (; oldest.head != kNoEntry && budget != 0; --budget) {
                const std::uint32_t index = oldest.head;
                oldest.head = entries_(index).link.load(std::memory_order_relaxed);
                --size_;
                give(index);
            }
            if (oldest.head == kNoEntry) {
                first_ = (first_ + 1) % sealed_.size();
                --sealed_count_;
            }
        }
    }

private:
    struct Sealed {
        std::uint64_t token = 0;
        std::uint32_t head = kNoEntry;
    };

    Entries entries_;
    std::uint32_t gathering_ = kNoEntry;
    std::uint32_t size_ = 0;
    std::size_t first_ = 0;
    std::size_t sealed_count_ = 0;
    std::array<Sealed, 32> sealed_{};
};

}  // namespace sluice::conntrack
