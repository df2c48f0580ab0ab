// SPDX-License-Identifier: BSD-3-Clause
#include "acl/keyed/hash_limits.h"

#include <algorithm>

namespace sluice::acl::keyed {

namespace {

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
constexpr std::uint64_t kNsPerUnit = 1'000;  // XT_HASHLIMIT_SCALE_v2: microseconds
constexpr std::uint32_t kChunkShift = 4;     // XT_HASHLIMIT_BYTE_SHIFT
constexpr std::uint64_t kPartsPerSecond = std::uint64_t{1} << 32U;
constexpr auto kRelaxed = std::memory_order_relaxed;  // each word stands for itself

}  // namespace

HashLimits::Says HashLimits::ask(std::span<const std::uint64_t> key, std::uint32_t bytes,
                                 std::uint64_t now_ns) noexcept {
    const std::uint64_t fingerprint = slots_.fingerprint(key);
    std::uint32_t slot = slots_.find(fingerprint);
    if (slot == Slots::kNone) {
        if (groups_.load(kRelaxed) >= room_) {
            return Says::full;
        }
        const Slots::Found found = slots_.claim(fingerprint);
        if (found.slot == Slots::kNone) {
            return Says::full;
        }
        slot = found.slot;
        if (found.is_new) {
            groups_.fetch_add(1, kRelaxed);
        }
    } else if (is_over(by_slot_[slot], now_ns)) {
        by_slot_[slot].full_at.store(0, kRelaxed);
        by_slot_[slot].refills.store(0, kRelaxed);
    }
    by_slot_[slot].touched.store(now_ns, kRelaxed);
    Group& group = by_slot_[slot];
    const bool conforms = options_.interval_s != 0 ? count({group.full_at, group.refills}, bytes, now_ns)
                                                   : take(group, bytes, now_ns);
    return conforms ? Says::below : Says::above;
}

bool HashLimits::take(Group& group, std::uint32_t bytes, std::uint64_t now_ns) noexcept {
    std::uint64_t cost = options_.average * kNsPerUnit;
    std::uint64_t most = cost * options_.burst;
    if (options_.by_bytes) {
        const std::uint64_t parts = ((bytes >> kChunkShift) + 1) * options_.average;
        most = kNsPerSecond;
        cost = std::min(parts, kPartsPerSecond) * kNsPerSecond / kPartsPerSecond;
    }
    std::uint64_t full_at = group.full_at.load(kRelaxed);
    std::uint64_t next = 0;
    do {
        std::uint64_t missing = full_at > now_ns ? full_at - now_ns : 0;
        if (missing + cost > most) {
            if (!options_.by_bytes || group.refills.load(kRelaxed) >= options_.burst) {
                return false;
            }
            group.refills.fetch_add(1, kRelaxed);
            missing = 0;
        }
        next = now_ns + missing + cost;
    } while (!group.full_at.compare_exchange_weak(full_at, next, kRelaxed));
    return true;
}

/// Who finds the window over begins the next one; what others count at that moment belongs to it.
bool HashLimits::count(Window window, std::uint32_t bytes, std::uint64_t now_ns) const noexcept {
    constexpr std::uint64_t kWasAbove = 1;
    const std::uint64_t interval_ns = options_.interval_s * kNsPerSecond;
    std::uint64_t begin = window.begin.load(kRelaxed);
    const std::uint64_t now = now_ns & ~kWasAbove;
    if (begin == 0) {
        if (window.begin.compare_exchange_strong(begin, now, kRelaxed)) {
            begin = now;
        }
    } else if (const std::uint64_t start = begin & ~kWasAbove; now >= start + interval_ns) {
        __extension__ using Wide = unsigned __int128;
        const std::uint64_t counted = window.count.load(kRelaxed);
        const bool was_above = Wide{counted} * interval_ns > Wide{now - start} * rate_;
        const std::uint64_t next = now | (was_above ? kWasAbove : 0);
        if (window.begin.compare_exchange_strong(begin, next, kRelaxed)) {
            window.count.fetch_sub(counted, kRelaxed);
            begin = next;
        }
    }
    const std::uint64_t cost = options_.by_bytes ? bytes : 1;
    const std::uint64_t counted = window.count.fetch_add(cost, kRelaxed) + cost;
    return (begin & kWasAbove) == 0 && counted <= quota_;
}

void HashLimits::sweep(std::uint64_t now_ns) noexcept {
    for (std::uint32_t slot = 0; slot < slots_.count(); ++slot) {
        const std::uint64_t fingerprint = slots_.at(slot);
        if (fingerprint == 0 || !is_over(by_slot_[slot], now_ns)) {
            continue;
        }
        by_slot_[slot].full_at.store(0, kRelaxed);
        by_slot_[slot].refills.store(0, kRelaxed);
        by_slot_[slot].touched.store(0, kRelaxed);
        if (slots_.release(slot, fingerprint)) {
            groups_.fetch_sub(1, kRelaxed);
        }
    }
}

}  // namespace sluice::acl::keyed
