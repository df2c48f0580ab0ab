// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

#include "dataplane/base/random.h"

namespace sluice::acl::keyed {

/// Bytes that are zero and take no memory before they are written, at the beginning of a page. Aborts where the kernel
/// gives none.
[[nodiscard]] void* zero_pages(std::size_t bytes);
void give_back_pages(void* pages, std::size_t bytes) noexcept;

/// An array of such.
template <class T>
requires std::is_trivially_destructible_v<T>
class Zeroes {
public:
    explicit Zeroes(std::size_t count)
        : count_(count), values_(static_cast<T*>(zero_pages(count * sizeof(T)))) {}
    Zeroes(const Zeroes&) = delete;
    Zeroes& operator=(const Zeroes&) = delete;
    ~Zeroes() { give_back_pages(values_, count_ * sizeof(T)); }

    [[nodiscard]] T& operator[](std::size_t i) const noexcept { return values_[i]; }
    [[nodiscard]] std::size_t size() const noexcept { return count_; }

private:
    std::size_t count_;
    T* values_;
};

/// A keyed hash of words: conntrack/hash.h over any number of them (RES-5).
class KeyHash {
public:
    explicit KeyHash(base::Random& random) noexcept {
        for (std::uint64_t& word : secret_) {
            word = random.next() | 1U;
        }
    }

    [[nodiscard]] std::uint64_t operator()(std::span<const std::uint64_t> key) const noexcept {
        std::uint64_t state = secret_[0];
        for (const std::uint64_t word : key) {
            state = folded(word ^ state ^ secret_[1], state ^ secret_[2]) ^ (word + secret_[3]);
        }
        return folded(state ^ secret_[3], state ^ secret_[1]);
    }

private:
    static std::uint64_t folded(std::uint64_t a, std::uint64_t b) noexcept {
        __extension__ using Wide = unsigned __int128;
        const Wide product = static_cast<Wide>(a) * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
    }

    std::array<std::uint64_t, 4> secret_{};
};

}  // namespace sluice::acl::keyed
