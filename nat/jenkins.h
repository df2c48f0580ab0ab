// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

/// The hash by which netfilter spreads clients over a range of addresses (jhash; Bob Jenkins 2006, public domain).
namespace sluice::nat {

/// The last step of Bob Jenkins' lookup3.
inline std::uint32_t final_mix(std::uint32_t a, std::uint32_t b, std::uint32_t c) noexcept {
    c ^= b;
    c -= std::rotl(b, 14);
    a ^= c;
    a -= std::rotl(c, 11);
    b ^= a;
    b -= std::rotl(a, 25);
    c ^= b;
    c -= std::rotl(b, 16);
    a ^= c;
    a -= std::rotl(c, 4);
    b ^= a;
    b -= std::rotl(a, 14);
    c ^= b;
    c -= std::rotl(b, 24);
    return c;
}

/// lookup3 over words: the kernel's jhash2.
template <std::size_t Words>
[[nodiscard]] std::uint32_t jenkins(const std::array<std::uint32_t, Words>& words, std::uint32_t seed) noexcept {
    const std::uint32_t start = 0xdeadbeefU + (static_cast<std::uint32_t>(Words) << 2U) + seed;
    std::uint32_t a = start;
    std::uint32_t b = start;
    std::uint32_t c = start;
    std::size_t i = 0;
    for (; Words - i > 3; i += 3) {
        a += words[i];
        b += words[i + 1];
        c += words[i + 2];
        a -= c;
        a ^= std::rotl(c, 4);
        c += b;
        b -= a;
        b ^= std::rotl(a, 6);
        a += c;
        c -= b;
        c ^= std::rotl(b, 8);
        b += a;
        a -= c;
        a ^= std::rotl(c, 16);
        c += b;
        b -= a;
        b ^= std::rotl(a, 19);
        a += c;
        c -= b;
        c ^= std::rotl(b, 4);
        b += a;
    }
    a += words[i];
    b += Words - i > 1 ? words[i + 1] : 0;
    c += Words - i > 2 ? words[i + 2] : 0;
    return final_mix(a, b, c);
}

}  // namespace sluice::nat
