// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace sluice::base {

/// A bounded ring between one producer and one consumer: messages between a worker and the control thread.
///
/// Full means that `push` says no; nobody ever waits. Shape: N messages, a power of two.
/// Threads: `push` by the producer, `pop` by the consumer.
template <class T, std::size_t N>
class Ring {
    static_assert((N & (N - 1)) == 0 && std::is_trivially_copyable_v<T>);

public:
    bool push(const T& message) noexcept {
        const std::size_t tail = tail_.load(std::memory_order_relaxed);
        // Acquire: pairs with pop's release, so that a slot is only written again after it has been read.
        if (tail - head_.load(std::memory_order_acquire) == N) {
            return false;
        }
        slots_[tail % N] = message;
        tail_.store(tail + 1, std::memory_order_release);
        return true;
    }

    std::optional<T> pop() noexcept {
        const std::size_t head = head_.load(std::memory_order_relaxed);
        if (head == tail_.load(std::memory_order_acquire)) {
            return std::nullopt;
        }
        const T message = slots_[head % N];
        head_.store(head + 1, std::memory_order_release);
        return message;
    }

private:
    alignas(64) std::atomic<std::size_t> head_{0};
    alignas(64) std::atomic<std::size_t> tail_{0};
    alignas(64) std::array<T, N> slots_{};
};

}  // namespace sluice::base
