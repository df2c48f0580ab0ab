// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

#include "conntrack/connection.h"

namespace sluice::conntrack {

/// Where a free entry keeps the next chunk, if it is the first of one.
[[nodiscard]] inline std::atomic<std::uint32_t>& chunk_link(Shared& shared) noexcept {
    return shared.chunk_link_or_last_end;
}

/// Free entries that no worker holds: chunks of 64 on a stack without locks, and what was never used yet.
///
/// The entries of a chunk are chained by `link`, the first of each chunk to the next chunk by `chunk_link`;
/// the head carries a count against the ABA problem (Treiber 1986). Entries that were never used are handed
/// out by a number that only rises, so a table for a million connections touches no page before it needs it.
/// In: Entries: `E& operator()(std::uint32_t index)` of something with a `link` and a chunk_link(E&). Threads: all.
template <class Entries>
class FreeChunks {
public:
    static constexpr unsigned kChunk = 64;

    FreeChunks(Entries entries, std::uint32_t capacity) noexcept : entries_(entries), capacity_(capacity) {}

    /// Entries below this number have been in use at some time; all others are zero bytes.
    [[nodiscard]] std::uint32_t ever_used() const noexcept {
        const std::uint32_t used = unused_.load(std::memory_order_relaxed);
        return used < capacity_ ? used : capacity_;
    }

    /// Takes up to `kChunk` entries; returns how many.
    unsigned take(std::array<std::uint32_t, 2 * kChunk>& out, unsigned at) noexcept {
        std::uint64_t head = head_.load(std::memory_order_acquire);
        while (index_of(head) != 0) {
            const std::uint32_t first = index_of(head) - 1;
            // may be stale where another takes this chunk meanwhile; then the count differs and the exchange
            // fails
            const std::uint32_t next = chunk_link(entries_(first)).load(std::memory_order_relaxed);
            // acquire: the links that the giver wrote; release is not needed, nothing is given
            if (head_.compare_exchange_weak(head, successor(head, next), std::memory_order_acquire)) {
                return unchain(first, out, at);
            }
        }
        return take_unused(out, at);
    }

    /// Gives back `kChunk` entries.
    void give(const std::uint32_t* entries) noexcept {
        for (unsigned i = 0; i < kChunk; ++i) {
            const std::uint32_t next = i + 1 < kChunk ? entries[i + 1] : kNoEntry;
            entries_(entries[i]).link.store(next, std::memory_order_relaxed);
        }
        std::uint64_t head = head_.load(std::memory_order_relaxed);
        do {
            chunk_link(entries_(entries[0])).store(index_of(head), std::memory_order_relaxed);
            // release: the links above, and all that was ever done with these entries
        } while (!head_.compare_exchange_weak(head, successor(head, entries[0] + 1),
                                              std::memory_order_release, std::memory_order_relaxed));
    }

private:
    [[nodiscard]] static std::uint32_t index_of(std::uint64_t head) noexcept {
        return static_cast<std::uint32_t>(head);  // biased by one; 0: no chunk
    }
    [[nodiscard]] static std::uint64_t successor(std::uint64_t head, std::uint32_t biased) noexcept {
        return ((head >> 32U) + 1) << 32U | biased;
    }

    unsigned unchain(std::uint32_t first, std::array<std::uint32_t, 2 * kChunk>& out, unsigned at) noexcept {
        unsigned n = 0;
        for (std::uint32_t index = first; index != kNoEntry; ++n) {
            out[at + n] = index;
            index = entries_(index).link.load(std::memory_order_relaxed);
        }
        return n;
    }

    unsigned take_unused(std::array<std::uint32_t, 2 * kChunk>& out, unsigned at) noexcept {
        std::uint32_t first = unused_.load(std::memory_order_relaxed);
        std::uint32_t n = 0;
        do {
            n = first < capacity_ ? std::min<std::uint32_t>(kChunk, capacity_ - first) : 0;
        } while (n != 0 && !unused_.compare_exchange_weak(first, first + n, std::memory_order_relaxed));
        for (std::uint32_t i = 0; i < n; ++i) {
            out[at + i] = first + n - 1 - i;  // taken from the end: lowest first
        }
        return n;
    }

    Entries entries_;
    std::uint32_t capacity_;
    alignas(64) std::atomic<std::uint64_t> head_{0};
    alignas(64) std::atomic<std::uint32_t> unused_{0};
};

/// A worker's own free entries: last in, first out, so that what comes back is still in the cache.
/// Threads: one.
template <class Entries>
class EntryCache {
public:
    /// kNoEntry: there are none anywhere.
    std::uint32_t take(FreeChunks<Entries>& chunks) noexcept {
        if (count_ == 0) {
            count_ = chunks.take(entries_, 0);
            if (count_ == 0) {
                return kNoEntry;
            }
        }
        return entries_[--count_];
    }
    void give(FreeChunks<Entries>& chunks, std::uint32_t index) noexcept {
        if (count_ == entries_.size()) {
            count_ -= FreeChunks<Entries>::kChunk;
            chunks.give(&entries_[count_]);
        }
        entries_[count_++] = index;
    }

private:
    unsigned count_ = 0;
    std::array<std::uint32_t, 2 * FreeChunks<Entries>::kChunk> entries_{};
};

}  // namespace sluice::conntrack
