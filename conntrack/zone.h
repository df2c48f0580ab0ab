// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "conntrack/ct_state.h"

namespace sluice::conntrack {

/// The part of the table that a packet is looked up in: equal tuples of different zones are different connections.
///
/// A zone may hold for one direction only: the other is then looked up in zone 0. See: nf_conntrack_zones.h.
struct Zone {
    std::uint16_t original = 0;
    std::uint16_t reply = 0;

    [[nodiscard]] constexpr std::uint16_t of(Way way) const noexcept {
        return way == Way::original ? original : reply;
    }
    [[nodiscard]] constexpr bool has_one_direction() const noexcept { return original != reply; }
    bool operator==(const Zone&) const = default;
};

/// Whose entries of equal tuples are meant: of a zone that holds for one direction only those of the way asked for, as the
/// other way lies in another zone.
enum class Ways : std::uint8_t { original = 1, reply = 2, both = 3 };

[[nodiscard]] constexpr bool includes(Ways ways, Way way) noexcept {
    return (static_cast<unsigned>(ways) >> static_cast<unsigned>(way) & 1U) != 0;
}
/// For the key of `way` in a zone.
[[nodiscard]] constexpr Ways ways_in(Zone zone, Way way) noexcept {
    return !zone.has_one_direction() ? Ways::both : way == Way::original ? Ways::original : Ways::reply;
}

/// What a rule says of a packet's zone (CT --zone).
struct ZoneChoice {
    std::uint16_t id = 0;
    bool of_mark = false;  ///< the lower half of the packet's mark when it comes to conntrack, instead of `id`
    bool original = false;  ///< it holds for the original direction
    bool reply = false;

    [[nodiscard]] constexpr Zone zone(std::uint32_t mark) const noexcept {
        const auto number = of_mark ? static_cast<std::uint16_t>(mark) : id;
        return {original ? number : std::uint16_t{0}, reply ? number : std::uint16_t{0}};
    }
    bool operator==(const ZoneChoice&) const = default;
};

}  // namespace sluice::conntrack
