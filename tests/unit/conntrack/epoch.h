// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace sluice::conntrack::test {

/// A grace period for tests: each reader notes the newest epoch it has seen while it held nothing.
class Epoch {
public:
    explicit Epoch(unsigned readers) : readers_(readers) {
        for (auto& seen : seen_) {
            seen.store(0, std::memory_order_relaxed);
        }
    }

    /// A reader says that it holds nothing.
    void quiescent(unsigned reader) noexcept {
        seen_[reader].store(now_.load(std::memory_order_seq_cst), std::memory_order_seq_cst);
    }
    /// A reader leaves for good.
    void offline(unsigned reader) noexcept {
        seen_[reader].store(~std::uint64_t{0}, std::memory_order_seq_cst);
    }

    std::uint64_t begin() noexcept { return now_.fetch_add(1, std::memory_order_seq_cst) + 1; }
    bool passed(std::uint64_t token) noexcept {
        for (unsigned i = 0; i < readers_; ++i) {
            if (seen_[i].load(std::memory_order_seq_cst) < token) {
                return false;
            }
        }
        return true;
    }

private:
    unsigned readers_;
    std::atomic<std::uint64_t> now_{0};
    std::array<std::atomic<std::uint64_t>, 64> seen_;
};

/// Nobody reads: what is retired is free at the next tending.
struct NoReaders {
    std::uint64_t begin() noexcept { return 0; }
    bool passed(std::uint64_t) noexcept { return true; }
};

}  // namespace sluice::conntrack::test
