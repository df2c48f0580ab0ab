// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace sluice::base {

/// A bounded ring of messages of any length between one producer and one consumer.
///
/// A message lies in one piece; where the end of the ring is too near for it, the rest there stays empty.
/// Full means that `begin` gives nothing; nobody ever waits.
///
/// Shape: N bytes, a power of two; a message is at most half of it, so that an empty ring takes any, and
/// costs its length, 8 bytes, and up to 7 more. Threads: `begin` and `commit` by the producer, `pop` by the
/// consumer.
template <std::size_t N>
class ByteRing {
    static_assert((N & (N - 1)) == 0 && N >= 64);

public:
    /// Room for a message, written into at leisure; seen by the consumer after `commit`. Empty: it is full.
    [[nodiscard]] std::span<std::byte> begin(std::size_t bytes) noexcept {
        const std::size_t needed = cells(bytes);
        const std::size_t tail = tail_.load(std::memory_order_relaxed);
        const std::size_t to_end = N - tail % N;
        const std::size_t skipped = to_end < needed ? to_end : 0;
        // Acquire: pairs with pop's release, so that bytes are only written again after they have been read.
        const std::size_t used = tail - head_.load(std::memory_order_acquire);
        if (bytes == 0 || needed > N / 2 || used + skipped + needed > N) {
            return {};
        }
        if (skipped != 0) {
            put(tail, kNothing);
        }
        put(tail + skipped, bytes);
        begun_ = tail + skipped + needed;
        return {&bytes_[(tail + skipped) % N + sizeof(Length)], bytes};
    }
    void commit() noexcept { tail_.store(begun_, std::memory_order_release); }

    /// Calls `use` with the oldest message, which is gone afterwards. False: there is none.
    template <class Use>
    bool pop(Use&& use) {
        const std::size_t tail = tail_.load(std::memory_order_acquire);
        std::size_t head = head_.load(std::memory_order_relaxed);
        if (head == tail) {
            return false;
        }
        if (get(head) == kNothing) {
            head += N - head % N;  // a message stands behind it: both were committed together
        }
        const auto bytes = static_cast<std::size_t>(get(head));
        use(std::span<const std::byte>(&bytes_[head % N + sizeof(Length)], bytes));
        head_.store(head + cells(bytes), std::memory_order_release);
        return true;
    }

private:
    using Length = std::uint64_t;
    static constexpr Length kNothing = ~Length{0};

    static constexpr std::size_t cells(std::size_t bytes) noexcept {
        return (bytes + sizeof(Length) + sizeof(Length) - 1) / sizeof(Length) * sizeof(Length);
    }
    void put(std::size_t at, Length length) noexcept { std::memcpy(&bytes_[at % N], &length, sizeof length); }
    [[nodiscard]] Length get(std::size_t at) const noexcept {
        Length length = 0;
        std::memcpy(&length, &bytes_[at % N], sizeof length);
        return length;
    }

    alignas(64) std::atomic<std::size_t> head_{0};
    alignas(64) std::atomic<std::size_t> tail_{0};
    std::size_t begun_ = 0;                       ///< the producer's
    alignas(64) std::array<std::byte, N> bytes_;  // what nobody has written nobody reads
};

}  // namespace sluice::base
