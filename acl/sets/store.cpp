// SPDX-License-Identifier: BSD-3-Clause
#include "acl/sets/store.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <type_traits>

namespace sluice::acl::sets {

namespace {

constexpr std::size_t kMostBuckets = std::size_t{1} << 20U;

/// Entries are numbered in 32 bits, and there may be as many in limbo as there are in use.
constexpr std::size_t kMostEntries = std::size_t{1} << 30U;

/// Zeros in pages that are not touched before they are used.
template <class T>
std::atomic<T>* zeros(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<std::atomic<T>>);
    void* memory = std::calloc(count, sizeof(std::atomic<T>));  // NOLINT
    if (memory == nullptr) {
        std::abort();
    }
    return static_cast<std::atomic<T>*>(memory);
}

constexpr std::uint64_t mixed(std::uint64_t value) noexcept {
    value ^= value >> 32U;
    value *= 0xd6e8feb86659fd93U;
    value ^= value >> 32U;
    return value;
}

}  // namespace

void Store::Free::operator()(void* memory) const noexcept {
    std::free(memory);  // NOLINT: from calloc, whose pages are not touched before they are used
}

Store::Store(std::size_t key_words, std::size_t value_words, std::size_t most, std::uint64_t seed)
    : key_words_(key_words),
      value_words_(value_words),
      stride_(1 + key_words + value_words),
      seed_(mixed(seed + 0x9e3779b97f4a7c15U)),
      buckets_(std::bit_ceil(std::clamp<std::size_t>(most, 64, kMostBuckets))),
      directory_(zeros<std::uint32_t>(buckets_)),  // links are kept as entry + 1
      chunk_limit_(std::min(most, kMostEntries) / kChunk * 2 + 2) {
    chunks_.reset(zeros<Word*>(chunk_limit_));
}

std::size_t Store::bucket_of(const Key& key) const noexcept {
    std::uint64_t hash = seed_;
    for (std::size_t i = 0; i < key_words_; ++i) {
        hash = mixed(hash ^ key.words[i]);
    }
    return static_cast<std::size_t>(hash) & (buckets_ - 1);
}

std::uint32_t Store::find(const Key& key) const noexcept {
    std::uint64_t link = directory_[bucket_of(key)].load(std::memory_order_acquire);
    while (link != 0) {
        const auto entry = static_cast<std::uint32_t>(link - 1);
        const Word* words = words_of(entry);
        bool same = true;
        for (std::size_t i = 0; i < key_words_ && same; ++i) {
            same = words[1 + i].load(std::memory_order_relaxed) == key.words[i];
        }
        if (same) {
            return entry;
        }
        link = words[0].load(std::memory_order_acquire);
    }
    return kNone;
}

Key Store::key_of(std::uint32_t entry) const noexcept {
    Key key;
    const Word* words = words_of(entry);
    for (std::size_t i = 0; i < key_words_; ++i) {
        key.push(words[1 + i].load(std::memory_order_relaxed));
    }
    return key;
}

std::uint32_t Store::take() {
    if (!free_.empty()) {
        const std::uint32_t entry = free_.back();
        free_.pop_back();
        return entry;
    }
    if (used_ == owned_.size() * kChunk) {
        if (owned_.size() == chunk_limit_) {
            return kNone;  // all that is not in use waits in limbo
        }
        owned_.push_back(std::make_unique<Word[]>(kChunk * stride_));
        chunks_[owned_.size() - 1].store(owned_.back().get(), std::memory_order_release);
        linked_.resize(owned_.size() * kChunk);
    }
    return used_++;
}

std::uint32_t Store::insert(const Key& key, std::span<const std::uint64_t> values) {
    const std::uint32_t entry = take();
    if (entry == kNone) {
        return kNone;
    }
    Word* words = words_of(entry);
    auto& head = directory_[bucket_of(key)];
    words[0].store(head.load(std::memory_order_relaxed), std::memory_order_relaxed);
    for (std::size_t i = 0; i < key_words_; ++i) {
        words[1 + i].store(key.words[i], std::memory_order_relaxed);
    }
    for (std::size_t i = 0; i < value_words_; ++i) {
        words[1 + key_words_ + i].store(values[i], std::memory_order_relaxed);
    }
    head.store(entry + 1, std::memory_order_release);
    linked_[entry] = true;
    ++size_;
    return entry;
}

void Store::erase(std::uint32_t entry) {
    auto& head = directory_[bucket_of(key_of(entry))];
    const std::uint64_t behind = words_of(entry)[0].load(std::memory_order_relaxed);
    if (head.load(std::memory_order_relaxed) == entry + 1) {
        head.store(static_cast<std::uint32_t>(behind), std::memory_order_release);
    } else {
        std::uint64_t link = head.load(std::memory_order_relaxed);
        Word* words = nullptr;
        while (link != entry + std::uint64_t{1}) {
            words = words_of(static_cast<std::uint32_t>(link - 1));
            link = words[0].load(std::memory_order_relaxed);
        }
        words[0].store(behind, std::memory_order_release);
    }
    linked_[entry] = false;
    limbo_.push_back(entry);
    --size_;
}

void Store::clear() {
    for_each([this](std::uint32_t entry) { erase(entry); });
}

void Store::settle() {
    free_.insert(free_.end(), limbo_.begin(), limbo_.end());
    limbo_.clear();
}

std::size_t Store::bytes() const noexcept {
    return buckets_ * sizeof(std::uint32_t) + owned_.size() * kChunk * stride_ * sizeof(Word);
}

}  // namespace sluice::acl::sets
