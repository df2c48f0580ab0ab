// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "acl/keyed/zeroes.h"
#include "dataplane/base/random.h"

/// Which keys are known, each at a numbered place: what `recent` and `hashlimit` keep of hosts and flows.
///
/// A key is known by its fingerprint, 64 bits of a hash under a secret of this process: nobody can choose two keys of
/// one fingerprint (RES-5), and by chance it happens once in 2^30 tables of 65,536 keys. Fingerprints lie in
/// buckets of eight, one cache line each; a key may be in one of two buckets. There is room for four times the keys that
/// are wanted, so that both are full once in a million times; who finds them full is told so.
///
/// What belongs to a key lies with the owner of the table, in arrays that are as long as `count()`. A free place has all
/// of it zero: who frees a place clears it first, so that whoever takes the place finds it new.
///
/// Rejected: rte_hash, whose writers take a lock, and any worker writes here; chains of entries, whose reuse needs
/// a grace period, and a table of a hundred entries under attack turns over faster than those come.
namespace sluice::acl::keyed {

class Slots {
public:
    static constexpr std::uint32_t kNone = ~std::uint32_t{0};

    struct Found {
        std::uint32_t slot = kNone;
        bool is_new = false;
    };

    /// In: keys that there are to be at the same time, and where the secret comes from.
    Slots(std::size_t keys, base::Random& random);

    /// How many places there are.
    [[nodiscard]] std::size_t count() const noexcept { return bucket_count_ * kPerBucket; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bucket_count_ * sizeof(Bucket); }

    /// Odd: a place that is only wanted yet has it even.
    [[nodiscard]] std::uint64_t fingerprint(std::span<const std::uint64_t> key) const noexcept;
    [[nodiscard]] std::uint32_t find(std::uint64_t fingerprint) const noexcept;
    /// The place of the key, taken for it where it has none; kNone: its buckets are full. Threads: any number; one
    /// place for one key, whoever comes first.
    [[nodiscard]] Found claim(std::uint64_t fingerprint) noexcept;
    /// Frees a place that is the fingerprint's. False: somebody else was faster.
    bool release(std::uint32_t slot, std::uint64_t fingerprint) noexcept;
    /// 0: free.
    [[nodiscard]] std::uint64_t at(std::uint32_t slot) const noexcept {
        const std::uint64_t word = word_of(slot).load(std::memory_order_acquire);
        return (word & kHeld) != 0 ? word : 0;
    }

private:
    static constexpr std::uint32_t kPerBucket = 8;
    static constexpr std::size_t kRoom = 4;  // places for each key that is wanted
    using Word = std::atomic<std::uint64_t>;
    struct alignas(64) Bucket {
        std::array<Word, kPerBucket> words{};
    };

    [[nodiscard]] std::array<std::uint32_t, 2> buckets(std::uint64_t fingerprint) const noexcept;
    /// A place is wanted before it is held: only then others may know of it.
    static constexpr std::uint64_t kHeld = 1;

    [[nodiscard]] bool is_first(std::uint64_t fingerprint, std::uint32_t slot) const noexcept;
    /// Where a place comes among those of the key.
    [[nodiscard]] std::uint32_t order_of(std::uint64_t fingerprint, std::uint32_t slot) const noexcept {
        return slot % kPerBucket + (slot / kPerBucket == buckets(fingerprint)[0] ? 0 : kPerBucket);
    }
    [[nodiscard]] Word& word_of(std::uint32_t slot) const noexcept {
        return buckets_[slot / kPerBucket].words[slot % kPerBucket];
    }
    /// A place that holds `word`, other than `besides`.
    [[nodiscard]] std::uint32_t place_of(std::uint64_t fingerprint, std::uint64_t word,
                                         std::uint32_t besides) const noexcept;

    std::size_t bucket_count_;
    Zeroes<Bucket> buckets_;
    KeyHash secret_;
};

}  // namespace sluice::acl::keyed
