// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "dataplane/base/ids.h"

namespace sluice::pipeline {

/// The way out as a direction's record remembers it: adjacency:32 | route generation:32, in one word.
///
/// Holds as long as the generation is the snapshot's: a change of routes makes the direction look up its route
/// again, without going through the rules if it leads to the same interface.
class HopReference {
public:
    HopReference() = default;
    HopReference(base::AdjacencyId adjacency, std::uint32_t generation) noexcept
        : word_(std::uint64_t{base::index_of(adjacency)} << 32U | generation) {}
    explicit HopReference(std::uint64_t word) noexcept : word_(word) {}

    [[nodiscard]] std::uint64_t word() const noexcept { return word_; }
    [[nodiscard]] base::AdjacencyId adjacency() const noexcept {
        return static_cast<base::AdjacencyId>(word_ >> 32U);
    }
    [[nodiscard]] bool is_of(std::uint32_t generation) const noexcept {
        return static_cast<std::uint32_t>(word_) == generation;
    }

private:
    std::uint64_t word_ = 0;  ///< generation 0 never exists
};

}  // namespace sluice::pipeline
