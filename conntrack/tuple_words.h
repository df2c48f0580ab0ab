// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/net/tuple.h"

/// Tuples of entries as words that may be read while they are written.
///
/// While a connection is pending its creator may write another reply tuple, and another worker that met its
/// key a moment ago may be comparing the old one. It may see half of each: then it sees a clash that is none,
/// or none where the key has just been taken out. Both are harmless; a data race would not be. On x86 these
/// are plain moves.
namespace sluice::conntrack {

/// Words of a tuple in place; may alias whatever lies there.
using TupleWord = std::uint64_t __attribute__((may_alias));

template <net::Family F>
[[nodiscard]] inline bool stored_equals(const net::Tuple<F>& stored, const net::Tuple<F>& key) noexcept {
    static_assert(sizeof(stored) % 8 == 0);
    const auto* a = reinterpret_cast<const TupleWord*>(&stored);
    std::uint64_t difference = 0;
    for (std::size_t i = 0; i < sizeof(stored) / 8; ++i) {
        std::uint64_t word = 0;
        __builtin_memcpy(&word, reinterpret_cast<const std::byte*>(&key) + 8 * i, 8);
        difference |= __atomic_load_n(a + i, __ATOMIC_RELAXED) ^ word;
    }
    return difference == 0;
}

template <net::Family F>
inline void store_tuple(net::Tuple<F>& stored, const net::Tuple<F>& value) noexcept {
    auto* a = reinterpret_cast<TupleWord*>(&stored);
    for (std::size_t i = 0; i < sizeof(stored) / 8; ++i) {
        std::uint64_t word = 0;
        __builtin_memcpy(&word, reinterpret_cast<const std::byte*>(&value) + 8 * i, 8);
        __atomic_store_n(a + i, word, __ATOMIC_RELAXED);
    }
}

}  // namespace sluice::conntrack
