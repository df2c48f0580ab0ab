// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice::acl::sets {

/// What an element's counter must be, after the packet has been counted on it.
struct CounterTest {
    enum class Kind : std::uint8_t { any, equal, not_equal, less, greater };
    Kind kind = Kind::any;
    std::uint64_t value = 0;

    [[nodiscard]] constexpr bool holds(std::uint64_t counter) const noexcept {
        switch (kind) {
            case Kind::any: return true;
            case Kind::equal: return counter == value;
            case Kind::not_equal: return counter != value;
            case Kind::less: return counter < value;
            case Kind::greater: return counter > value;
        }
        return true;
    }
    bool operator==(const CounterTest&) const = default;
};

/// What an element says about the mark of a packet that is it.
struct Mark {
    std::uint32_t value = 0;
    std::uint32_t mask = 0;
};

/// How a packet asks a set.
struct PacketAsk {
    std::uint64_t now_ms = 0;
    std::uint64_t bytes = 0;   ///< of the packet
    bool counts = false;       ///< it is counted on the element that it finds
    CounterTest packets{};     ///< what that one's counters must be, if it has any
    CounterTest total_bytes{};
    Mark* mark = nullptr;      ///< takes the mark of what is found
};

/// What there is for a packet.
enum class Found : std::uint8_t {
    absent,
    present,
    nomatch,  ///< an element that says that it is not in the set
};

}  // namespace sluice::acl::sets
