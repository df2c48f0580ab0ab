// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>

#include "conntrack/connection.h"
#include "dataplane/base/ids.h"
#include "dataplane/net/tuple.h"

namespace sluice::conntrack {

/// Bits of `Mapping::manner`.
namespace manner {
inline constexpr std::uint8_t kIndependent = 1U << 0U;  ///< for every destination (RFC 4787, endpoint-independent mapping)
inline constexpr std::uint8_t kFiltering = 1U << 1U;    ///< and anybody may answer (endpoint-independent filtering)
inline constexpr std::uint8_t kSettled = 1U << 2U;      ///< no other one of its kind was found beside it: it may be joined
inline constexpr std::uint8_t kByOutside = 1U << 3U;    ///< it is found by its outside socket, too
}  // namespace manner

/// The outside socket that an inside socket wears: what connections of one source have in common (RFC 4787, 4.1).
///
/// It lives as long as a connection holds it. All but the atomic fields are written before it is found by anybody, and
/// then stay until nobody can hold a pointer to it (a grace period).
/// Shape: 32 bytes for IPv4. For ICMP the ports are the id.
template <net::Family F>
struct Mapping {
    typename F::Address inside;
    typename F::Address outside;
    base::Be16 inside_port;
    base::Be16 outside_port;
    std::uint16_t inside_zone;      ///< of packets from inside
    std::uint16_t outside_zone;     ///< of packets to the outside socket
    base::InterfaceId interface;    ///< by which its packets leave
    std::uint8_t protocol;
    std::atomic<std::uint8_t> manner;
    std::atomic<std::uint32_t> holders;  ///< 0: it is on its way out
    std::atomic<std::uint32_t> order;    ///< higher: taken by a connection later. While it is free, a link between chunks
    std::atomic<std::uint32_t> link;     ///< in limbo, or in a chunk of free ones

    [[nodiscard]] bool has(std::uint8_t bits) const noexcept {
        return (manner.load(std::memory_order_relaxed) & bits) == bits;
    }
    [[nodiscard]] bool is_living() const noexcept { return holders.load(std::memory_order_acquire) != 0; }
    /// Whether it is of the source of a connection's first packet (same_src).
    [[nodiscard]] bool is_of(const net::Tuple<F>& original) const noexcept {
        return inside == original.source && inside_port == original.source_port && protocol == original.protocol &&
               inside_zone == original.zone;
    }
    /// Whether packets of `reply` come to its outside socket.
    [[nodiscard]] bool is_reached_by(const net::Tuple<F>& reply) const noexcept {
        const base::Be16 port = reply.protocol == F::kIcmpProtocol ? reply.source_port : reply.destination_port;
        return outside == reply.destination && outside_port == port && protocol == reply.protocol &&
               outside_zone == reply.zone;
    }
};
static_assert(sizeof(Mapping<net::Ipv4>) == 32);

/// As of a connection (free_entries.h).
template <net::Family F>
[[nodiscard]] inline std::atomic<std::uint32_t>& chunk_link(Mapping<F>& mapping) noexcept {
    return mapping.order;
}

}  // namespace sluice::conntrack
