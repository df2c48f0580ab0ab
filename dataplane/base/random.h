// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

namespace sluice::base {

/// Random numbers for the packet path: xoshiro256** (Blackman, Vigna 2018), seeded once from the kernel.
///
/// Each worker has its own; it is handed in as an argument, so tests can seed it.
/// Not a cipher: what must resist an observer is re-seeded by `mix` from the boot secret.
class Random {
public:
    explicit Random(const std::array<std::uint64_t, 4>& seed) noexcept : state_(seed) {
        state_[0] |= 1U;  // all zero would stay zero
    }
    explicit Random(std::uint64_t seed) noexcept
        : Random(std::array<std::uint64_t, 4>{seed, ~seed, seed * 0x9e3779b97f4a7c15ULL, seed + 1}) {
        for (int i = 0; i < 8; ++i) {
            next();
        }
    }

    std::uint64_t next() noexcept {
        const std::uint64_t result = rotated(state_[1] * 5, 7) * 9;
        const std::uint64_t shifted = state_[1] << 17U;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = rotated(state_[3], 45);
        return result;
    }

    /// A number below `bound`, without modulo bias worth naming (multiply-shift; Lemire 2019).
    std::uint32_t below(std::uint32_t bound) noexcept {
        return static_cast<std::uint32_t>(((next() >> 32U) * bound) >> 32U);
    }

private:
    static constexpr std::uint64_t rotated(std::uint64_t x, unsigned k) noexcept {
        return (x << k) | (x >> (64U - k));
    }
    std::array<std::uint64_t, 4> state_;
};

}  // namespace sluice::base
