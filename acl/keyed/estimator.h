// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

/// A rate that rules measure: `-j RATEEST` counts packets, `-m rateest` asks how many there are a second.
///
/// As the kernel's gen_estimator.c. At the end of each interval the average takes a step towards what has
/// been counted in it, by a fraction of 1/2^ewma:
///
///     interval 250 ms, ewma 1/2;  100 packets, then none:   200, 100, 50, 25, ... a second
///
/// Threads: workers count, each in a lane of its own as far as there are enough; the control thread takes the
/// steps; anyone asks. No locks.
namespace sluice::acl::keyed {

class Estimator {
public:
    struct Options {
        std::uint8_t interval = 0;  ///< 250 ms times 2 to this power; at most 5
        std::uint8_t ewma = 1;      ///< 1 to 30
        bool operator==(const Options&) const = default;
    };
    /// Units: bytes (of IP packets) and packets a second.
    struct Rate {
        std::uint64_t bytes = 0;
        std::uint64_t packets = 0;
        bool operator==(const Rate&) const = default;
    };

    explicit Estimator(Options options) : options_(options) {}

    [[nodiscard]] const Options& options() const noexcept { return options_; }

    /// In: a number of the worker, any; two that share a lane only wait for each other's cache line.
    void count(std::uint32_t lane, std::uint32_t bytes) noexcept {
        Lane& own = lanes_[lane % kLanes];
        own.bytes.fetch_add(bytes, std::memory_order_relaxed);
        own.packets.fetch_add(1, std::memory_order_relaxed);
    }
    [[nodiscard]] Rate rate() const noexcept {
        return {bytes_.load(std::memory_order_relaxed) >> kFraction,
                packets_.load(std::memory_order_relaxed) >> kFraction};
    }

    /// Takes a step if an interval is over. The first call begins the first interval. Threads: control.
    void tend(std::uint64_t now_ns) noexcept;

private:
    static constexpr std::uint32_t kLanes = 16;
    static constexpr unsigned kFraction = 8;  ///< bits of an average behind the point
    using Word = std::atomic<std::uint64_t>;
    struct alignas(64) Lane {
        Word bytes{0};
        Word packets{0};
    };

    void step(Word& average, std::uint64_t counted) const noexcept;

    Options options_;
    std::array<Lane, kLanes> lanes_;
    Word bytes_{0};
    Word packets_{0};
    std::uint64_t due_ns_ = 0;  ///< 0: has not begun
    Rate last_;                 ///< counted at the end of the last interval
};

}  // namespace sluice::acl::keyed
