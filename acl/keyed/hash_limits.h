// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "acl/keyed/slots.h"

/// A table of `-m hashlimit`: a token bucket, or a rate, for each group of packets.
///
/// As xt_hashlimit, in nanoseconds instead of jiffies. A bucket is one instant: when it will be full again. In
/// packets, each puts that off by its period, and conforms if it does not lie further away than the burst. In bytes,
/// each 16 of them cost a part of a second, a bucket holds one second, and where it is short it is filled again at
/// once, as often as the burst says, until the group is forgotten.
///
/// With --hashlimit-rate-match a group has a window of time instead, and what it counts in that, whatever the answer is. It is
/// above its rate when it has more than the rate and the burst in the window, or had more than the rate in the one before.
/// A window ends with the first packet after its interval, and may be as long as the group was quiet.
///
/// A group is forgotten when no packet came for so long and the collector comes by, which it does every so often, at
/// multiples of that by the clock (the kernel counts from when the table was made). The room comes back with the next
/// `sweep`, until which the group counts against the most that there may be.
///
/// Threads: any number, without locks; `sweep`: control.
namespace sluice::acl::keyed {

struct HashLimitOptions {
    enum Mode : std::uint8_t { kDestination = 1, kDestinationPort = 2, kSource = 4, kSourcePort = 8 };

    std::uint64_t average = 0;      ///< of one packet, in microseconds; of 16 bytes, in 1/2^32 seconds
    std::uint64_t burst = 5;        ///< packets; in bytes: how often a bucket is filled again
    bool by_bytes = false;
    std::uint32_t interval_s = 0;   ///< of a rate match; 0: token buckets. `average` is then for an interval
    std::uint8_t mode = 0;
    std::uint8_t source_bits = 32;  ///< prefix length by which sources are grouped
    std::uint8_t destination_bits = 32;
    std::uint32_t size = 0;         ///< buckets of the kernel's table; 0: it chooses
    std::uint32_t most = 0;         ///< groups; 0: eight times the size
    std::uint32_t sweep_ms = 1000;  ///< not 0
    std::uint32_t expire_ms = 1000;

    bool operator==(const HashLimitOptions&) const = default;
    /// What --hashlimit-rate-match counts in an interval, as the kernel takes `average`.
    [[nodiscard]] std::uint64_t rate() const noexcept {
        constexpr std::uint64_t kMicroseconds = 1'000'000;
        constexpr std::uint64_t kParts = 0xffffffffU;
        constexpr std::uint32_t kChunkShift = 4;
        const std::uint64_t divisor = std::max<std::uint64_t>(average, 1);
        return by_bytes ? (kParts / divisor - 1) << kChunkShift : kMicroseconds / divisor;
    }
    /// As the kernel rounds `most`, on a machine with more than 1 GB.
    [[nodiscard]] std::size_t room() const noexcept {
        constexpr std::uint32_t kSize = 8192;
        const std::uint32_t buckets = size != 0 ? size : kSize;
        return most == 0 ? std::size_t{8} * buckets : std::max(most, buckets);
    }
};

class HashLimits {
public:
    HashLimits(const HashLimitOptions& options, base::Random& random);

    [[nodiscard]] const HashLimitOptions& options() const noexcept { return options_; }

    enum class Says : std::uint8_t { below, above, full };
    /// Whether one more packet of a group keeps below the rate; if so it is counted. `full`: there is no room for the
    /// group. In: the group's key, the packet's bytes.
    [[nodiscard]] Says ask(std::span<const std::uint64_t> key, std::uint32_t bytes, std::uint64_t now_ns) noexcept;

    /// Forgets groups that are over.
    void sweep(std::uint64_t now_ns) noexcept;
    [[nodiscard]] std::size_t groups() const noexcept { return groups_.load(std::memory_order_relaxed); }

private:
    using Word = std::atomic<std::uint64_t>;
    struct alignas(32) Group {
        Word full_at{0};
        Word refills{0};
        Word touched{0};
        Word unused{0};
    };
    /// What a rate match keeps in a group's words.
    struct Window {
        Word& begin;  ///< bit 0: the window before was above the rate; 0: there is no window yet
        Word& count;
    };

    /// The collector has come since the group ended.
    [[nodiscard]] bool is_over(const Group& group, std::uint64_t now_ns) const noexcept {
        const std::uint64_t end = group.touched.load(std::memory_order_relaxed) + expire_ns_;
        return now_ns >= end && now_ns - now_ns % sweep_ns_ >= end;
    }
    [[nodiscard]] bool take(Group& group, std::uint32_t bytes, std::uint64_t now_ns) noexcept;
    [[nodiscard]] bool count(Window window, std::uint32_t bytes, std::uint64_t now_ns) const noexcept;

    HashLimitOptions options_;
    std::uint64_t room_;
    std::uint64_t expire_ns_;
    std::uint64_t sweep_ns_;
    std::uint64_t rate_;   ///< of a rate match: packets or bytes an interval
    std::uint64_t quota_;  ///< and the most in the window that goes on
    Slots slots_;
    Zeroes<Group> by_slot_;
    Word groups_{0};
};

}  // namespace sluice::acl::keyed
