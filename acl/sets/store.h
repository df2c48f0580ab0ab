// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

/// The elements of a set: a hash table that any number of threads read while one writes.
///
/// Entries lie in chunks that never move, chained per bucket by index. The directory is sized for the most
/// elements that the set may ever have (4 bytes each, at most 4 MB), in memory that costs nothing before it is
/// touched, so that it never has to be rebuilt below its readers; chunks come as elements do.
///
/// Life of an entry: free -> filled by the writer -> linked at the head of its chain (release: whoever finds the
/// link sees the entry) -> unlinked -> in limbo, because a reader may stand on it; its link goes on leading to the
/// rest of its chain -> `settle`, when no reader can have kept it: free.
///
/// An element that a reader must not see any more and one that has ended are told apart by the deadline alone.
///
/// Threads: `find` and what `At` gives: all; the rest: the control thread.
namespace sluice::acl::sets {

inline constexpr std::size_t kKeyWords = 8;

/// A key as it is compared: words in an order that the set's type gives.
struct Key {
    std::array<std::uint64_t, kKeyWords> words{};
    std::size_t count = 0;

    constexpr void push(std::uint64_t word) noexcept { words[count++] = word; }
};

class Store {
public:
    using Word = std::atomic<std::uint64_t>;
    static constexpr std::uint32_t kNone = ~std::uint32_t{0};

    /// In: words of a key and words behind it, of an entry; the most entries that there may be; a seed for the hash.
    Store(std::size_t key_words, std::size_t value_words, std::size_t most, std::uint64_t seed);
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// The entry of the key; kNone where there is none. Cost: the bucket's line and one or two of each entry in it.
    [[nodiscard]] std::uint32_t find(const Key& key) const noexcept;
    /// The words behind the key of an entry.
    [[nodiscard]] std::span<Word> values(std::uint32_t entry) const noexcept {
        return {words_of(entry) + 1 + key_words_, value_words_};
    }
    [[nodiscard]] Key key_of(std::uint32_t entry) const noexcept;

    /// Adds a key that is not there, with its values.
    std::uint32_t insert(const Key& key, std::span<const std::uint64_t> values);
    void erase(std::uint32_t entry);
    void clear();
    /// To be called when no reader can still stand on what has been erased so far.
    void settle();

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t bytes() const noexcept;

    /// Calls `use(entry)` for each entry, in the order of their places; `use` may erase the entry it is given.
    template <class Use>
    void for_each(Use&& use) const {
        for (std::uint32_t entry = 0; entry < used_; ++entry) {
            if (linked_[entry]) {
                use(entry);
            }
        }
    }

private:
    static constexpr std::uint32_t kChunk = 1024;

    struct Free {
        void operator()(void* memory) const noexcept;
    };
    using Directory = std::unique_ptr<std::atomic<std::uint32_t>[], Free>;
    using Chunk = std::unique_ptr<Word[]>;
    using ChunkTable = std::unique_ptr<std::atomic<Word*>[], Free>;

    [[nodiscard]] std::size_t bucket_of(const Key& key) const noexcept;
    /// Word 0 is the link, then the key, then the values.
    [[nodiscard]] Word* words_of(std::uint32_t entry) const noexcept {
        return chunks_[entry / kChunk].load(std::memory_order_acquire) + (entry % kChunk) * stride_;
    }
    [[nodiscard]] std::uint32_t take();

    std::size_t key_words_;
    std::size_t value_words_;
    std::size_t stride_;
    std::uint64_t seed_;
    std::size_t buckets_;
    Directory directory_;
    ChunkTable chunks_;  ///< sized for the most entries and as many in limbo
    std::size_t chunk_limit_;
    std::vector<Chunk> owned_;
    std::uint32_t used_ = 0;  ///< entries ever taken
    std::vector<bool> linked_;
    std::vector<std::uint32_t> free_;
    std::vector<std::uint32_t> limbo_;
    std::size_t size_ = 0;
};

}  // namespace sluice::acl::sets
