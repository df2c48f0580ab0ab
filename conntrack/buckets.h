// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

namespace sluice::conntrack {

/// One cache line of seven keys. Zero bytes are an empty bucket.
struct alignas(64) Bucket {
    std::atomic<std::uint64_t> overflowed;  ///< how many keys that belong here lie in an alternate bucket
    std::array<std::atomic<std::uint64_t>, 7> slots;
};
static_assert(sizeof(Bucket) == 64);

/// Where a key belongs.
struct Place {
    std::uint32_t primary = 0;  ///< bucket
    std::uint32_t tag = 0;      ///< 32 more bits of the hash
};

/// A key's owner: the index of an entry and a direction (lowest bit).
using EntryRef = std::uint32_t;

/// The index of the table: from hash to candidates, without locks. It knows nothing of keys or connections.
///
/// A slot is one word {tag 32, occupied 1, reference 31}, so one compare-and-swap publishes or clears it. A
/// key goes into its primary bucket; where that is full, into the first alternate with room: alternate 0 is
/// the primary's number xored with a mixed tag, the others follow it. The primary counts the keys that went
/// elsewhere, so a lookup that finds nothing reads on only where that count says so. With half of the slots
/// filled, 7 % of the primaries are full; the second bucket has room nearly always, and the fifth in a row
/// never lacked it.
///
/// Memory order. `insert` and `any` are sequentially consistent, because uniqueness rests on it: who inserts
/// and then looks for others of its key (store, then load) must not miss another who does the same. On x86
/// that costs nothing: the loads are plain, the compare-and-swap is a full barrier anyway.
///
/// Threads: all functions, any thread, at any time.
class Buckets {
public:
    static constexpr unsigned kMaxDepth = 8;  ///< alternates tried at insertion

    explicit Buckets(std::span<Bucket> buckets) noexcept
        : buckets_(buckets.data()), mask_(static_cast<std::uint32_t>(buckets.size() - 1)) {}

    [[nodiscard]] std::uint32_t count() const noexcept { return mask_ + 1; }
    [[nodiscard]] Place place(std::uint64_t hash) const noexcept {
        return {static_cast<std::uint32_t>(hash) & mask_, static_cast<std::uint32_t>(hash >> 32U)};
    }
    void prefetch(Place place) const noexcept { __builtin_prefetch(&buckets_[place.primary]); }

    /// The first reference with this tag in the primary bucket; kNone: none. For prefetching.
    static constexpr EntryRef kNone = 0xffffffffU;
    [[nodiscard]] EntryRef first_candidate(Place place) const noexcept {
        for (const auto& slot : buckets_[place.primary].slots) {
            // acquire: what the inserter wrote into the entry before is seen
            const std::uint64_t word = slot.load(std::memory_order_acquire);
            if (is_of(word, place.tag)) {
                return reference(word);
            }
        }
        return kNone;
    }

    /// Calls visit(EntryRef) -> bool for each key with this tag until one says true; true then.
    template <class Visit>
    bool any(Place place, Visit visit) const noexcept {
        const Bucket& home = buckets_[place.primary];
        if (any_in(home, place.tag, visit)) {
            return true;
        }
        if (home.overflowed.load(std::memory_order_seq_cst) == 0) [[likely]] {
            return false;
        }
        const unsigned depth = depth_.load(std::memory_order_seq_cst);
        for (unsigned i = 0; i < depth; ++i) {
            if (any_in(buckets_[alternate(place, i)], place.tag, visit)) {
                return true;
            }
        }
        return false;
    }

    /// Calls visit(EntryRef) -> bool for each key of a bucket, whatever its tag, until one says true.
    template <class Visit>
    bool any_of_bucket(std::uint32_t number, Visit visit) const noexcept {
        for (const auto& slot : buckets_[number & mask_].slots) {
            const std::uint64_t word = slot.load(std::memory_order_acquire);
            if (word != 0 && visit(reference(word))) {
                return true;
            }
        }
        return false;
    }

    /// False: all of the key's buckets are full.
    [[nodiscard]] bool insert(Place place, EntryRef ref) noexcept {
        const std::uint64_t word = word_of(place, ref);
        Bucket& home = buckets_[place.primary];
        if (insert_into(home, word)) {
            return true;
        }
        // counted first: a reader that could see the key in an alternate must be sent there
        home.overflowed.fetch_add(1, std::memory_order_seq_cst);
        for (unsigned i = 0; i < kMaxDepth; ++i) {
            raise_depth(i + 1);
            if (alternate(place, i) != place.primary && insert_into(buckets_[alternate(place, i)], word)) {
                return true;
            }
        }
        home.overflowed.fetch_sub(1, std::memory_order_relaxed);
        return false;
    }

    /// Takes out what `insert` put in.
    void remove(Place place, EntryRef ref) noexcept {
        const std::uint64_t word = word_of(place, ref);
        Bucket& home = buckets_[place.primary];
        if (remove_from(home, word)) {
            return;
        }
        const unsigned depth = depth_.load(std::memory_order_relaxed);
        for (unsigned i = 0; i < depth; ++i) {
            if (remove_from(buckets_[alternate(place, i)], word)) {
                // release: a reader that is no longer sent to the alternate must not find the key missing
                // there
                home.overflowed.fetch_sub(1, std::memory_order_release);
                return;
            }
        }
    }

private:
    static constexpr std::uint64_t kOccupied = 0x80000000U;

    [[nodiscard]] static std::uint64_t word_of(Place place, EntryRef ref) noexcept {
        return std::uint64_t{place.tag} << 32U | kOccupied | ref;
    }
    [[nodiscard]] static bool is_of(std::uint64_t word, std::uint32_t tag) noexcept {
        return word >> 32U == tag && (word & kOccupied) != 0;
    }
    [[nodiscard]] static EntryRef reference(std::uint64_t word) noexcept {
        return static_cast<EntryRef>(word & (kOccupied - 1));
    }
    [[nodiscard]] std::uint32_t alternate(Place place, unsigned i) const noexcept {
        return ((place.primary ^ (place.tag * 0x9e3779b1U | 1U)) + i) & mask_;
    }
    void raise_depth(unsigned depth) noexcept {
        unsigned seen = depth_.load(std::memory_order_relaxed);
        while (seen < depth && !depth_.compare_exchange_weak(seen, depth, std::memory_order_seq_cst)) {
        }
    }

    template <class Visit>
    static bool any_in(const Bucket& bucket, std::uint32_t tag, Visit& visit) noexcept {
        for (const auto& slot : bucket.slots) {
            const std::uint64_t word = slot.load(std::memory_order_seq_cst);
            if (is_of(word, tag) && visit(reference(word))) {
                return true;
            }
        }
        return false;
    }
    static bool insert_into(Bucket& bucket, std::uint64_t word) noexcept {
        for (auto& slot : bucket.slots) {
            std::uint64_t empty = 0;
            if (slot.load(std::memory_order_relaxed) == 0 &&
                slot.compare_exchange_strong(empty, word, std::memory_order_seq_cst)) {
                return true;
            }
        }
        return false;
    }
    static bool remove_from(Bucket& bucket, std::uint64_t word) noexcept {
        for (auto& slot : bucket.slots) {
            if (slot.load(std::memory_order_relaxed) == word) {
                slot.store(0, std::memory_order_release);  // nobody else clears this word
                return true;
            }
        }
        return false;
    }

    Bucket* buckets_;
    std::uint32_t mask_;
    std::atomic<unsigned> depth_{0};  ///< alternates ever used
};

}  // namespace sluice::conntrack
