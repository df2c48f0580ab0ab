// SPDX-License-Identifier: BSD-3-Clause
#include "acl/sets/store.h"

/// What packets do with a store.
namespace sluice::acl::sets {

namespace {

constexpr std::uint64_t mixed(std::uint64_t value) noexcept {
    value ^= value >> 32U;
    value *= 0xd6e8feb86659fd93U;
    value ^= value >> 32U;
    return value;
}

constexpr std::uint64_t kIndex = 0xffffffffU;  // of a stack's head

}  // namespace

std::size_t Store::bucket_of(const Key& key) const noexcept {
    std::uint64_t hash = mixed(seed_ + 0x9e3779b97f4a7c15U);
    for (std::size_t i = 0; i < hashed_words_; ++i) {
        hash = mixed(hash ^ key.words[i]);
    }
    return static_cast<std::size_t>(hash) & (buckets_ - 1);
}

std::uint32_t Store::find(const Key& key) const noexcept {
    // acquire: pairs with the release of whoever placed the entry; the key is there before its link
    return find_from(directory_[bucket_of(key)].load(std::memory_order_acquire), key, key_words_);
}

bool Store::has_like(const Key& key) const noexcept {
    return find_from(directory_[bucket_of(key)].load(std::memory_order_acquire), key, hashed_words_) != kNone;
}

std::uint32_t Store::find_from(std::uint64_t link, const Key& key, std::size_t compared) const noexcept {
    while (link != 0) {
        const std::uint32_t entry = index_of(link);
        const Word* words = words_of(entry);
        bool same = true;
        for (std::size_t i = 0; i < compared && same; ++i) {
            same = words[1 + i].load(std::memory_order_relaxed) == key.words[i];
        }
        if (same && words[1 + key_words_].load(std::memory_order_relaxed) != kGone) {
            return entry;
        }
        link = words[0].load(std::memory_order_acquire);
    }
    return kNone;
}

std::uint32_t Store::take() noexcept {
    // acquire: pairs with give_back, whose link of the entry is read here. The count in the head makes sure that an
    // entry which was taken and given back meanwhile is not mistaken for the one whose link was read.
    std::uint64_t head = free_.load(std::memory_order_acquire);
    while ((head & kIndex) != 0) {
        const std::uint32_t entry = index_of(head & kIndex);
        const std::uint64_t next = words_of(entry)[0].load(std::memory_order_relaxed);
        const std::uint64_t count = ((head >> 32U) + 1) << 32U;
        if (free_.compare_exchange_weak(head, count | (next & kIndex), std::memory_order_acquire)) {
            free_count_.fetch_sub(1, std::memory_order_relaxed);
            return entry;
        }
    }
    return kNone;
}

void Store::give_back(std::uint32_t entry) noexcept {
    std::uint64_t head = free_.load(std::memory_order_relaxed);
    do {
        words_of(entry)[0].store(head & kIndex, std::memory_order_relaxed);
    } while (!free_.compare_exchange_weak(head, (((head >> 32U) + 1) << 32U) | (entry + std::uint64_t{1}),
                                          std::memory_order_release, std::memory_order_relaxed));
    free_count_.fetch_add(1, std::memory_order_relaxed);
}

Store::Placed Store::place_ready(const Key& key, std::span<const std::uint64_t> values) noexcept {
    std::atomic<std::uint32_t>& first = directory_[bucket_of(key)];
    std::uint32_t head = first.load(std::memory_order_acquire);
    std::uint32_t taken = kNone;
    for (;;) {
        if (const std::uint32_t there = find_from(head, key, key_words_); there != kNone) {
            if (taken != kNone) {
                give_back(taken);
            }
            return {there, false};
        }
        if (taken == kNone) {
            taken = take();
            if (taken == kNone) {
                return {};
            }
            Word* words = words_of(taken);
            for (std::size_t i = 0; i < key_words_; ++i) {
                words[1 + i].store(key.words[i], std::memory_order_relaxed);
            }
            for (std::size_t i = 0; i < value_words_; ++i) {
                words[1 + key_words_ + i].store(values[i], std::memory_order_relaxed);
            }
        }
        words_of(taken)[0].store(head, std::memory_order_relaxed);
        // release: who finds the entry sees its key; acquire: the chain that is searched again where it has changed.
        // A head that went and came back is the same chain: its entry cannot have been another one meanwhile, since
        // that takes a grace period, and this thread is in the middle of something.
        if (first.compare_exchange_weak(head, taken + 1, std::memory_order_acq_rel, std::memory_order_acquire)) {
            size_.fetch_add(1, std::memory_order_relaxed);
            return {taken, true};
        }
    }
}

bool Store::bury(std::uint32_t entry, std::uint64_t seen) noexcept {
    if (seen == kGone ||
        !words_of(entry)[1 + key_words_].compare_exchange_strong(seen, kGone, std::memory_order_relaxed)) {
        return false;
    }
    size_.fetch_sub(1, std::memory_order_relaxed);
    gone_.fetch_add(1, std::memory_order_relaxed);
    return true;
}

}  // namespace sluice::acl::sets
