// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>

namespace sluice::base {

/// A counter with one writer and any number of readers.
///
/// The writer pays a plain load and store: no locked instruction.
/// Threads: `add` by the one owner; `value` by all.
class Counter {
public:
    void add(std::uint64_t n) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    void set(std::uint64_t n) noexcept { value_.store(n, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// Packets and bytes (of the IP packet, as netfilter counts), written by one worker.
struct PacketCounter {
    Counter packets;
    Counter bytes;

    void add(std::uint64_t packet_bytes) noexcept {
        packets.add(1);
        bytes.add(packet_bytes);
    }
};

/// Packets and bytes as numbers; what readers add up.
struct PacketCount {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;

    PacketCount& operator+=(const PacketCount& other) noexcept {
        packets += other.packets;
        bytes += other.bytes;
        return *this;
    }
    PacketCount& operator+=(const PacketCounter& other) noexcept {
        packets += other.packets.value();
        bytes += other.bytes.value();
        return *this;
    }
    bool operator==(const PacketCount&) const = default;
};

}  // namespace sluice::base
