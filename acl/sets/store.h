// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

/// The elements of a set: a hash table that any number of threads read, and packets and the control thread add to.
///
/// Entries lie in chunks that never move, chained per bucket by index. The directory is sized for the most
/// elements that the set may ever have (4 bytes each, at most 4 MB), in memory that costs nothing before it is
/// touched, so that it never has to be rebuilt below its readers; chunks come as elements do.
///
/// Life of an entry:
///
///     free ──place_ready──▶ in its chain ──bury──▶ gone ──sweep──▶ in limbo ──seal, free_sealed──▶ free
///
/// `place_ready` puts it in front of its chain, if the chain has not changed since it was searched for the key; so a key
/// is there once, whoever adds it at the same time. `bury` is one exchange of its first value, after which nobody
/// finds it; only the control thread takes it out of its chain, so links of entries in a chain have one writer. In
/// limbo its link goes on leading to the rest of the chain, because a reader may stand on it.
///
/// Free entries are a stack with a count in its head, which changes with each push and pop. Packets take what
/// `reserve` has prepared; only the control thread makes memory.
///
/// Threads: `find`, `place_ready`, `bury` and `values`: all, between two quiescent states; the rest: the control thread.
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
    /// The first value of an entry that is gone.
    static constexpr std::uint64_t kGone = ~std::uint64_t{0};

    /// In: words of a key, how many of them choose its chain, and words behind it, at least one, of an entry; the most
    /// entries that there may be; a seed for the hash.
    struct Words {
        std::size_t key;
        std::size_t hashed;
        std::size_t values;
    };
    Store(const Words& words, std::size_t most, std::uint64_t seed);
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// The entry of the key; kNone where there is none. Cost: the bucket's line and one or two of each entry in it.
    [[nodiscard]] std::uint32_t find(const Key& key) const noexcept;
    /// True where there is an entry whose key begins with the same hashed words.
    [[nodiscard]] bool has_like(const Key& key) const noexcept;
    /// The words behind the key of an entry.
    [[nodiscard]] std::span<Word> values(std::uint32_t entry) const noexcept {
        return {words_of(entry) + 1 + key_words_, value_words_};
    }
    [[nodiscard]] Key key_of(std::uint32_t entry) const noexcept;

    /// An entry with the key, and whether it is a new one, with the values; none: no room.
    struct Placed {
        std::uint32_t entry = kNone;
        bool is_new = false;
    };
    /// Takes a free entry that has been prepared.
    Placed place_ready(const Key& key, std::span<const std::uint64_t> values) noexcept;
    /// What an entry has come to: nobody finds it any more. False: its first value is not `seen` any more.
    bool bury(std::uint32_t entry, std::uint64_t seen) noexcept;
    /// Some entry near the key's bucket that `may` be given up; kNone where there is none within a few buckets.
    template <class May>
    [[nodiscard]] std::uint32_t near(const Key& key, May&& may) const noexcept {
        constexpr std::size_t kBuckets = 64;
        const std::size_t first = bucket_of(key);
        for (std::size_t i = 0; i < kBuckets; ++i) {
            std::uint64_t link = directory_[(first + i) & (buckets_ - 1)].load(std::memory_order_acquire);
            for (; link != 0; link = words_of(index_of(link))[0].load(std::memory_order_acquire)) {
                if (may(index_of(link))) {
                    return index_of(link);
                }
            }
        }
        return kNone;
    }

    /// Buries an entry and takes it out of its chain.
    void erase(std::uint32_t entry);
    void clear();
    /// Takes what is gone out of its chain, in the next `buckets` buckets. In: `use(entry)`, called for each entry
    /// that is there: may bury it.
    template <class Use>
    void sweep(std::size_t buckets, Use&& use) {
        for (std::size_t i = 0; i < buckets && i < buckets_; ++i) {
            swept_ = (swept_ + 1) & (buckets_ - 1);
            std::uint64_t link = directory_[swept_].load(std::memory_order_acquire);
            while (link != 0) {
                const std::uint32_t entry = index_of(link);
                link = words_of(entry)[0].load(std::memory_order_acquire);
                use(entry);
                if (is_gone(entry)) {
                    unlink(entry);
                }
            }
        }
    }
    [[nodiscard]] std::size_t buckets() const noexcept { return buckets_; }
    /// Prepares at least `count` free entries, as far as the set may still grow.
    void reserve(std::size_t count);

    /// From here on what has been erased waits for the readers of this moment; `free_sealed` when they have passed.
    void seal();
    void free_sealed();
    [[nodiscard]] bool has_limbo() const noexcept { return !limbo_.empty(); }

    [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
    /// Gone, and still in their chains.
    [[nodiscard]] std::size_t gone() const noexcept { return gone_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::size_t bytes() const noexcept;

    /// Calls `use(entry)` for each entry, in the order of their places.
    template <class Use>
    void for_each(Use&& use) const {
        for (const std::uint32_t entry : entries()) {
            use(entry);
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

    static constexpr std::uint32_t index_of(std::uint64_t link) noexcept { return static_cast<std::uint32_t>(link - 1); }
    [[nodiscard]] std::size_t bucket_of(const Key& key) const noexcept;
    /// The entry of the key in the chain that begins with `link`.
    [[nodiscard]] std::uint32_t find_from(std::uint64_t link, const Key& key, std::size_t words) const noexcept;
    [[nodiscard]] bool is_gone(std::uint32_t entry) const noexcept {
        return words_of(entry)[1 + key_words_].load(std::memory_order_relaxed) == kGone;
    }
    /// Word 0 is the link, then the key, then the values.
    [[nodiscard]] Word* words_of(std::uint32_t entry) const noexcept {
        return chunks_[entry / kChunk].load(std::memory_order_acquire) + (entry % kChunk) * stride_;
    }
    [[nodiscard]] std::uint32_t take() noexcept;
    void give_back(std::uint32_t entry) noexcept;
    /// A chunk more of free entries; false: there are as many as there may be.
    bool grow();
    void unlink(std::uint32_t entry);
    [[nodiscard]] std::vector<std::uint32_t> entries() const;

    std::size_t key_words_;
    std::size_t hashed_words_;
    std::size_t value_words_;
    std::size_t stride_;
    std::uint64_t seed_;
    std::size_t buckets_;
    Directory directory_;
    ChunkTable chunks_;  ///< sized for the most entries and as many that are gone
    std::size_t chunk_limit_;
    std::vector<Chunk> owned_;
    Word free_{0};  ///< of the stack: count << 32 | entry + 1
    std::atomic<std::size_t> free_count_{0};
    std::atomic<std::size_t> size_{0};
    std::atomic<std::size_t> gone_{0};
    std::size_t swept_ = 0;  ///< the bucket that was swept last
    std::vector<std::uint32_t> limbo_;
    std::vector<std::uint32_t> sealed_;
};

}  // namespace sluice::acl::sets
