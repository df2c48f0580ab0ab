// SPDX-License-Identifier: BSD-3-Clause
#include "acl/keyed/slots.h"

namespace sluice::acl::keyed {

std::uint64_t Slots::fingerprint(std::span<const std::uint64_t> key) const noexcept {
    const std::uint64_t hash = secret_(key);
    return hash == 0 ? 1 : hash;
}

std::array<std::uint32_t, 2> Slots::buckets(std::uint64_t fingerprint) const noexcept {
    const auto mask = static_cast<std::uint32_t>(bucket_count_ - 1);
    const std::uint32_t first = static_cast<std::uint32_t>(fingerprint) & mask;
    const std::uint32_t second = static_cast<std::uint32_t>(fingerprint >> 32U) & mask;
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
    constexpr int kAttempts = 64;  // each lost one is a place that another worker has won meanwhile
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        if (const std::uint32_t known = find(fingerprint); known != kNone) {
            return {known, false};
        }
        const std::uint32_t slot = place_of(fingerprint, 0, kNone);
        if (slot == kNone) {
            return {};
        }
        std::uint64_t expected = 0;
        if (!bucket_of(slot).compare_exchange_strong(expected, fingerprint, std::memory_order_seq_cst)) {
            continue;
        }
        if (place_of(fingerprint, fingerprint, slot) == kNone) {
            return {slot, true};
        }
        release(slot, fingerprint);  // another one has claimed a place for this key: one of the two
    }
    return {};
}

bool Slots::release(std::uint32_t slot, std::uint64_t fingerprint) noexcept {
    return bucket_of(slot).compare_exchange_strong(fingerprint, 0, std::memory_order_seq_cst);
}

}  // namespace sluice::acl::keyed
