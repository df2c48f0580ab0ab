// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "conntrack/tcp.h"

namespace sluice::conntrack {

/// By how much the sequence numbers of one direction are shifted, since a helper made its payload longer or shorter
/// (nf_conntrack_seqadj.c).
///
/// Numbers are those that the sender sends. What lies behind `position` is shifted by `after`, all else by `before`:
/// the last change is known, those before it are over. So a segment that is sent again is shifted as it was before.
struct Shift {
    std::uint32_t position = 0;
    std::uint32_t before = 0;  ///< added modulo 2^32
    std::uint32_t after = 0;

    [[nodiscard]] constexpr std::uint32_t of_sequence(std::uint32_t sequence) const noexcept {
        return lies_before(position, sequence) ? after : before;
    }
    /// Of a number that the other end acknowledges, which is one that has been shifted.
    [[nodiscard]] constexpr std::uint32_t of_acknowledgement(std::uint32_t acknowledgement) const noexcept {
        return lies_before(position, acknowledgement - before) ? after : before;
    }
    bool operator==(const Shift&) const = default;
};

/// A Shift that one worker changes while others read it: three words under a version, which is odd meanwhile.
/// Shape: 16 bytes.
class SharedShift {
public:
    /// Nothing where it was being changed all the while; the packet may be dropped, it is sent again.
    [[nodiscard]] std::optional<Shift> read() const noexcept {
        for (int attempt = 0; attempt < kTries; ++attempt) {
            const std::uint32_t version = version_.load(std::memory_order_acquire);
            const Shift shift = words();
            if ((version & 1U) == 0 && version_.load(std::memory_order_relaxed) == version) {
                return shift;
            }
        }
        return std::nullopt;
    }

    /// Notes that the segment with this number has become longer by `bytes` (nf_ct_seqadj_set). A segment that is
    /// not behind the last that was changed is one that is sent again, and changes nothing. Returns false where
    /// another worker is at it.
    [[nodiscard]] bool add(std::uint32_t sequence, std::int32_t bytes) noexcept {
        std::uint32_t version = version_.load(std::memory_order_relaxed);
        if ((version & 1U) != 0 || !version_.compare_exchange_strong(version, version + 1, std::memory_order_acquire)) {
            return false;
        }
        const Shift shift = words();
        if (shift.before == shift.after || lies_before(shift.position, sequence)) {
            // release: not before the odd version
            position_.store(sequence, std::memory_order_release);
            before_.store(shift.after, std::memory_order_release);
            after_.store(shift.after + static_cast<std::uint32_t>(bytes), std::memory_order_release);
        }
        version_.store(version + 2, std::memory_order_release);
        return true;
    }

    /// For a record that nobody reads yet.
    void reset(const Shift& shift) noexcept {
        position_.store(shift.position, std::memory_order_relaxed);
        before_.store(shift.before, std::memory_order_relaxed);
        after_.store(shift.after, std::memory_order_relaxed);
        version_.store(0, std::memory_order_relaxed);
    }

private:
    static constexpr int kTries = 64;

    /// acquire: the version is looked at again behind them
    [[nodiscard]] Shift words() const noexcept {
        return {position_.load(std::memory_order_acquire), before_.load(std::memory_order_acquire),
                after_.load(std::memory_order_acquire)};
    }

    std::atomic<std::uint32_t> version_;
    std::atomic<std::uint32_t> position_;
    std::atomic<std::uint32_t> before_;
    std::atomic<std::uint32_t> after_;
};

}  // namespace sluice::conntrack
