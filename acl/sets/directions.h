// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice::acl::sets {

inline constexpr std::size_t kMostDirections = 6;

/// `src,dst`: for each dimension, which side of the packet it is about.
struct Directions {
    std::uint8_t count = 0;
    std::array<bool, kMostDirections> is_destination{};
    bool operator==(const Directions&) const = default;
};

}  // namespace sluice::acl::sets
