// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "acl/keyed/zeroes.h"
#include "dataplane/base/random.h"

namespace sluice::acl::keyed {

/// A number for each key, which is known as long as its number is not zero.
///
/// Key and number lie in one word, 44 bits of a hash under a secret and 20 of the number, so that the last one who counts
/// down frees the place in the same instant. Buckets and room as in slots.h. Two keys of one word: once in 10^12.
///
/// Threads: any number, without locks.
class Counters {
public:
    static constexpr std::uint32_t kMost = (1U << 20U) - 1;

    Counters(std::size_t keys, base::Random& random);

    [[nodiscard]] std::uint64_t hash(std::span<const std::uint64_t> key) const noexcept { return secret_(key); }
    [[nodiscard]] std::uint32_t value(std::uint64_t hash) const noexcept;
    /// Counts up. Returns the number then; 0: no room for the key.
    std::uint32_t add(std::uint64_t hash) noexcept;
    /// Counts down what was counted up.
    void subtract(std::uint64_t hash) noexcept;

private:
    static constexpr std::uint32_t kPerBucket = 8;
    static constexpr unsigned kCountBits = 20;
    using Word = std::atomic<std::uint64_t>;

    /// A place whose word is the tag with any number, or 0 where tag is 0; other than `besides`. Null: none.
    [[nodiscard]] Word* place_of(std::uint64_t hash, std::uint64_t tag, const Word* besides) const noexcept;
    [[nodiscard]] static std::uint64_t tag_of(std::uint64_t hash) noexcept {
        const std::uint64_t tag = hash & ~std::uint64_t{kMost};
        return tag == 0 ? std::uint64_t{1} << kCountBits : tag;
    }

    std::size_t bucket_count_;
    Zeroes<Word> words_;
    KeyHash secret_;
};

}  // namespace sluice::acl::keyed
