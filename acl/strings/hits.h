// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice::acl::strings {

/// Which of a program's strings a packet has, as its bytes stand at the moment: found in one pass when the first string
/// is asked about, and kept until the bytes change.
///
/// Shape: so many in place; a packet with more is looked through again when its results have been overwritten.
struct Hits {
    static constexpr std::size_t kMost = 12;

    bool is_known = false;  ///< the packet has been looked through
    bool is_told = false;   ///< and what was found is among the steps of its trace
    std::uint8_t count = 0;   ///< of `numbers`
    bool overflowed = false;  ///< there are more than `numbers` holds
    std::uint64_t pass = 0;   ///< overflowed: by which pass its results were written
    std::array<std::uint32_t, kMost> numbers;  ///< of strings, in the order in which they end in the packet

    /// After the packet's bytes have changed.
    void clear() noexcept { is_known = is_told = false; }

    [[nodiscard]] std::span<const std::uint32_t> found() const noexcept { return {numbers.data(), count}; }
};

}  // namespace sluice::acl::strings
