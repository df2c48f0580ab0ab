// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace sluice::base {

/// A keyed hash of a few bytes by folded multiplication, for tables whose keys come from the wire: who can
/// choose keys must not be able to choose slots. CRC32 would not do, it is linear. For tuples see
/// conntrack/hash.h.
class KeyedHash {
public:
    explicit KeyedHash(std::uint64_t secret) noexcept : secret_(secret | 1U) {}

    [[nodiscard]] std::uint64_t operator()(std::span<const std::byte> bytes,
                                           std::uint64_t more = 0) const noexcept {
        std::uint64_t state = secret_ ^ more;
        for (std::size_t done = 0; done < bytes.size(); done += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, bytes.data() + done, std::min<std::size_t>(8, bytes.size() - done));
            state = folded(word ^ state, std::rotl(secret_, 23) ^ kOdd) ^ word;
        }
        return folded(state ^ std::rotl(secret_, 41), more ^ std::rotl(secret_, 7));
    }

private:
    static constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;

    static std::uint64_t folded(std::uint64_t a, std::uint64_t b) noexcept {
        __extension__ using Wide = unsigned __int128;
        const Wide product = static_cast<Wide>(a) * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
    }

    std::uint64_t secret_;
};

}  // namespace sluice::base
