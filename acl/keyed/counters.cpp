// SPDX-License-Identifier: BSD-3-Clause
#include "acl/keyed/counters.h"

namespace sluice::acl::keyed {

Counters::Word* Counters::place_of(std::uint64_t hash, std::uint64_t tag, const Word* besides) const noexcept {
    const std::uint64_t mask = bucket_count_ - 1;
    // Bits that are not in the tag: those of the number's place, and the tag's own once more, multiplied.
    const std::uint64_t first = (hash ^ hash >> 32U) & mask;
    const std::uint64_t second = (hash * 0x9e3779b97f4a7c15ULL >> 40U) & mask;
    for (const std::uint64_t bucket : {first, first == second ? first ^ 1U : second}) {
        for (std::uint32_t i = 0; i < kPerBucket; ++i) {
            Word& word = words_[bucket * kPerBucket + i];
            // seq_cst: of two that begin with one key at once, at least one sees the other's word
            if ((word.load(std::memory_order_seq_cst) & ~std::uint64_t{kMost}) == tag && &word != besides) {
                return &word;
            }
        }
    }
    return nullptr;
}

std::uint32_t Counters::value(std::uint64_t hash) const noexcept {
    const Word* word = place_of(hash, tag_of(hash), nullptr);
    return word == nullptr ? 0 : static_cast<std::uint32_t>(word->load(std::memory_order_relaxed) & kMost);
}

std::uint32_t Counters::add(std::uint64_t hash) noexcept {
    constexpr int kAttempts = 64;
    const std::uint64_t tag = tag_of(hash);
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        if (Word* known = place_of(hash, tag, nullptr)) {
            std::uint64_t word = known->load(std::memory_order_relaxed);
            while ((word & ~std::uint64_t{kMost}) == tag && (word & kMost) != kMost) {
                if (known->compare_exchange_weak(word, word + 1, std::memory_order_seq_cst)) {
                    return static_cast<std::uint32_t>((word + 1) & kMost);
                }
            }
            if ((word & ~std::uint64_t{kMost}) == tag) {
                return 0;  // it counts no further
            }
            continue;  // it went to zero meanwhile
        }
        Word* empty = place_of(hash, 0, nullptr);
        if (empty == nullptr) {
            return 0;
        }
        std::uint64_t word = 0;
        if (!empty->compare_exchange_strong(word, tag | 1U, std::memory_order_seq_cst)) {
            continue;
        }
        if (place_of(hash, tag, empty) == nullptr) {
            return 1;
        }
        // Another one has begun with this key elsewhere: one of the two. Somebody may have counted here since, up or
        // down, so it is taken back wherever the key stands now.
        subtract(hash);
    }
    return 0;
}

void Counters::subtract(std::uint64_t hash) noexcept {
    const std::uint64_t tag = tag_of(hash);
    // What was counted up stands somewhere; but a look can miss it where another worker frees one place and takes another.
    constexpr int kAttempts = 1000;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        Word* known = place_of(hash, tag, nullptr);
        if (known == nullptr) {
            continue;
        }
        std::uint64_t word = known->load(std::memory_order_relaxed);
        while ((word & ~std::uint64_t{kMost}) == tag) {
            if (known->compare_exchange_weak(word, (word & kMost) == 1 ? 0 : word - 1, std::memory_order_seq_cst)) {
                return;
            }
        }
    }
}

}  // namespace sluice::acl::keyed
