// SPDX-License-Identifier: BSD-3-Clause
#include "acl/sets/store.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <type_traits>

namespace sluice::acl::sets {

namespace {

constexpr std::size_t kMostBuckets = std::size_t{1} << 20U;

/// Entries are numbered in 32 bits, and there may be as many that are gone as there are in use.
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

}  // namespace

void Store::Free::operator()(void* memory) const noexcept {
    std::free(memory);  // NOLINT: from calloc, whose pages are not touched before they are used
}

Store::Store(const Words& words, std::size_t most, std::uint64_t seed)
    : key_words_(words.key),
      hashed_words_(words.hashed),
      value_words_(words.values),
      stride_(1 + words.key + words.values),
      seed_(seed),
      buckets_(std::bit_ceil(std::clamp<std::size_t>(most, 64, kMostBuckets))),
      directory_(zeros<std::uint32_t>(buckets_)),  // links are kept as entry + 1
      chunk_limit_(std::min(most, kMostEntries) / kChunk * 2 + 2) {
    chunks_.reset(zeros<Word*>(chunk_limit_));
}

Key Store::key_of(std::uint32_t entry) const noexcept {
    Key key;
    const Word* words = words_of(entry);
    for (std::size_t i = 0; i < key_words_; ++i) {
        key.push(words[1 + i].load(std::memory_order_relaxed));
    }
    return key;
}

bool Store::grow() {
    if (owned_.size() == chunk_limit_) {
        return false;  // all that is not in use waits in limbo
    }
    owned_.push_back(std::make_unique<Word[]>(kChunk * stride_));
    const std::size_t number = owned_.size() - 1;
    chunks_[number].store(owned_.back().get(), std::memory_order_release);
    for (std::uint32_t i = kChunk; i > 0; --i) {  // the first entry is taken first
        give_back(static_cast<std::uint32_t>(number * kChunk) + i - 1);
    }
    return true;
}

void Store::reserve(std::size_t count) {
    while (free_count_.load(std::memory_order_relaxed) < count && grow()) {
    }
}

void Store::unlink(std::uint32_t entry) {
    std::atomic<std::uint32_t>& first = directory_[bucket_of(key_of(entry))];
    const std::uint64_t behind = words_of(entry)[0].load(std::memory_order_relaxed);
    std::uint32_t head = entry + 1;
    // Packets put entries in front of the head; behind it nobody else changes links. Release: what `behind` leads to.
    if (!first.compare_exchange_strong(head, static_cast<std::uint32_t>(behind), std::memory_order_release,
                                       std::memory_order_acquire)) {
        Word* words = words_of(index_of(head));
        std::uint64_t link = words[0].load(std::memory_order_acquire);
        while (link != entry + std::uint64_t{1}) {
            words = words_of(index_of(link));
            link = words[0].load(std::memory_order_acquire);
        }
        words[0].store(behind, std::memory_order_release);
    }
    gone_.fetch_sub(1, std::memory_order_relaxed);
    limbo_.push_back(entry);
}

void Store::erase(std::uint32_t entry) {
    while (!is_gone(entry)) {
        bury(entry, values(entry)[0].load(std::memory_order_relaxed));
    }
    unlink(entry);
}

void Store::clear() {
    sweep(buckets_, [this](std::uint32_t entry) { bury(entry, values(entry)[0].load(std::memory_order_relaxed)); });
}

void Store::seal() {
    sealed_.insert(sealed_.end(), limbo_.begin(), limbo_.end());
    limbo_.clear();
}

void Store::free_sealed() {
    for (const std::uint32_t entry : sealed_) {
        give_back(entry);
    }
    sealed_.clear();
}

std::vector<std::uint32_t> Store::entries() const {
    std::vector<std::uint32_t> found;
    found.reserve(size());
    for (std::size_t bucket = 0; bucket < buckets_; ++bucket) {
        std::uint64_t link = directory_[bucket].load(std::memory_order_acquire);
        for (; link != 0; link = words_of(index_of(link))[0].load(std::memory_order_acquire)) {
            if (!is_gone(index_of(link))) {
                found.push_back(index_of(link));
            }
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::size_t Store::bytes() const noexcept {
    return buckets_ * sizeof(std::uint32_t) + owned_.size() * kChunk * stride_ * sizeof(Word);
}

}  // namespace sluice::acl::sets
