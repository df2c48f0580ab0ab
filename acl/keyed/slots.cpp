// SPDX-License-Identifier: BSD-3-Clause
#include "acl/keyed/slots.h"

namespace sluice::acl::keyed {

std::uint64_t Slots::fingerprint(std::span<const std::uint64_t> key) const noexcept {
    return secret_(key) | kHeld;
}

std::array<std::uint32_t, 2> Slots::buckets(std::uint64_t fingerprint) const noexcept {
    const auto mask = static_cast<std::uint32_t>(bucket_count_ - 1);
    const std::uint32_t first = static_cast<std::uint32_t>(fingerprint >> 1U) & mask;  // bit 0 says nothing
    const std::uint32_t second = static_cast<std::uint32_t>(fingerprint >> 33U) & mask;
    return {first, first == second ? first ^ 1U : second};
}

std::uint32_t Slots::place_of(std::uint64_t fingerprint, std::uint64_t word, std::uint32_t besides) const noexcept {
    for (const std::uint32_t bucket : buckets(fingerprint)) {
        for (std::uint32_t i = 0; i < kPerBucket; ++i) {
            const std::uint32_t slot = bucket * kPerBucket + i;
            // seq_cst: of two that claim places for one key at once, at least one sees the other's
            if (buckets_[bucket].words[i].load(std::memory_order_seq_cst) == word && slot != besides) {
                return slot;
            }
        }
    }
    return kNone;
}

std::uint32_t Slots::find(std::uint64_t fingerprint) const noexcept {
    return place_of(fingerprint, fingerprint, kNone);
}

Slots::Found Slots::claim(std::uint64_t fingerprint) noexcept {
    constexpr int kAttempts = 1000;  // each waits for what another worker is just doing with the same key
    const std::uint64_t wanted = fingerprint & ~kHeld;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        if (const std::uint32_t known = find(fingerprint); known != kNone) {
            return {known, false};
        }
        const std::uint32_t slot = place_of(fingerprint, 0, kNone);
        if (slot == kNone) {
            return {};
        }
        std::uint64_t expected = 0;
        if (!word_of(slot).compare_exchange_strong(expected, wanted, std::memory_order_seq_cst)) {
            continue;
        }
        if (is_first(fingerprint, slot)) {
            word_of(slot).store(fingerprint, std::memory_order_seq_cst);
            return {slot, true};
        }
        word_of(slot).store(0, std::memory_order_seq_cst);
    }
    return {};
}

/// Whether a place that is wanted may be held. Of two that want places for one key, at least one sees the other: the later
/// place gives way, the earlier one waits to see whether the later has been held already.
bool Slots::is_first(std::uint64_t fingerprint, std::uint32_t slot) const noexcept {
    constexpr int kPatience = 1000;
    for (int i = 0; i < kPatience; ++i) {
        if (find(fingerprint) != kNone) {
            return false;
        }
        const std::uint32_t other = place_of(fingerprint, fingerprint & ~kHeld, slot);
        if (other == kNone) {
            // Between the two looks it may have been held, but not given way: one more look settles it.
            return find(fingerprint) == kNone;
        }
        if (order_of(fingerprint, other) < order_of(fingerprint, slot)) {
            return false;
        }
    }
    return false;
}

bool Slots::release(std::uint32_t slot, std::uint64_t fingerprint) noexcept {
    return word_of(slot).compare_exchange_strong(fingerprint, 0, std::memory_order_seq_cst);
}

}  // namespace sluice::acl::keyed
