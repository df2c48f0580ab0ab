// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice::base {

/// The router's interface: an index into Snapshot::interfaces. VLAN sub-interfaces have numbers of their own.
enum class InterfaceId : std::uint16_t {};
inline constexpr InterfaceId kNoInterface{0xffff};

/// A DPDK device (its port_id).
enum class DeviceId : std::uint16_t {};

/// A worker, counted from 0.
enum class WorkerId : std::uint8_t {};

/// A neighbour with the way to it: an index into the adjacency table.
enum class AdjacencyId : std::uint32_t {};
inline constexpr AdjacencyId kNoAdjacency{0xffffff};

/// An integer of an identifier, for indexing.
template <class Id>
[[nodiscard]] constexpr auto index_of(Id id) noexcept {
    return static_cast<std::uint32_t>(id);
}

inline constexpr unsigned kMaxWorkers = 63;

}  // namespace sluice::base
