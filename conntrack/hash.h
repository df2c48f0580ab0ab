// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "dataplane/base/random.h"
#include "dataplane/net/tuple.h"

namespace sluice::conntrack {

/// A keyed hash of tuples: folded multiplication with a key that is new with every start.
///
/// Who can choose tuples must not be able to choose buckets (RES-5). CRC32 does not do: it is linear, so
/// tuples that collide under one seed collide under all. The product of two 64-bit words, high half xored
/// onto the low one, is not linear, and each factor is masked by a secret word before it: colliding inputs
/// cannot be computed without the key, which never leaves the process. A second multiplication carries the
/// first word's bits again, so that a factor that happens to be zero loses nothing. Two multiplications cost
/// about 8 cycles for IPv4; AES-NI would cost the same, but x86-64-v3 does not promise it; SipHash costs four
/// times as much.
///
/// See: umash and wyhash (folded multiplication); Crosby, Wallach 2003 (algorithmic complexity attacks).
class TupleHash {
public:
    explicit TupleHash(base::Random& random) noexcept {
        for (auto& word : key_) {
            word = random.next() | 1U;
        }
    }

    template <net::Family F>
    [[nodiscard]] std::uint64_t operator()(const net::Tuple<F>& tuple) const noexcept {
        constexpr std::size_t kWords = sizeof(tuple) / 8;
        std::array<std::uint64_t, kWords> word{};
        std::memcpy(word.data(), &tuple, sizeof(tuple));
        std::uint64_t state = key_[0];
        for (std::size_t i = 0; i < kWords; i += 2) {
            const std::uint64_t second = i + 1 < kWords ? word[i + 1] : 0;
            state = folded(word[i] ^ state ^ key_[1], second ^ key_[2]) ^ (second + key_[3]);
        }
        return folded(state ^ key_[4], word[0] ^ key_[5]);
    }

private:
    static std::uint64_t folded(std::uint64_t a, std::uint64_t b) noexcept {
        __extension__ using Wide = unsigned __int128;
        const Wide product = static_cast<Wide>(a) * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
    }

    std::array<std::uint64_t, 6> key_{};
};

}  // namespace sluice::conntrack
