// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "conntrack/packet.h"
#include "conntrack/settings.h"
#include "conntrack/table.h"

/// What a packet does to its connection, and what it is called in rules (nf_conntrack_in).
///
///     tuple_of ──none──────────────────────────────────────────────► INVALID
///        │        ICMP errors: find_error (icmp_error.h) ──────────► RELATED or INVALID
///     find_burst ──found──► track ──accept──► ESTABLISHED, NEW, RELATED
///        │                    ├─invalid─────► INVALID (forwarded unless a rule says otherwise)
///        │                    └─repeat──────► find again, once
///        └─nothing──► begin ──accept──► NEW; then nat, rules, and confirm or abandon at the end of the way
///                       ├─invalid─────► INVALID
///                       ├─put_off─────► find again after this burst
///                       └─drop────────► table full
namespace sluice::conntrack {

enum class TrackVerdict : std::uint8_t {
    accept,   ///< goes on; `state` and `found` say as what
    invalid,  ///< goes on as INVALID, without connection
    drop,     ///< no room in the table
    repeat,   ///< the connection was closed and is gone; look up again: the packet begins a new one
    put_off,  ///< another packet is beginning this connection; look up again after the burst
};

template <net::Family F>
struct Tracked {
    TrackVerdict verdict = TrackVerdict::invalid;
    CtState state = CtState::invalid;
    Found<F> found{};  ///< with `accept`
};

/// A packet of a known connection (confirmed, found by a lookup of this burst).
template <net::Family F>
[[nodiscard]] Tracked<F> track(Table<F>& table, base::WorkerId worker, Found<F> found, const L4View& view,
                               const Settings& settings, Ticks now) noexcept;

/// A packet that no connection was found for. With `accept` the connection is pending: confirm or abandon it.
template <net::Family F>
[[nodiscard]] Tracked<F> begin(Table<F>& table, base::WorkerId worker, const net::Tuple<F>& tuple,
                               std::uint16_t reply_zone, const L4View& view, const Settings& settings,
                               Ticks now) noexcept;

extern template Tracked<net::Ipv4> track(Table<net::Ipv4>&, base::WorkerId, Found<net::Ipv4>, const L4View&,
                                         const Settings&, Ticks) noexcept;
extern template Tracked<net::Ipv4> begin(Table<net::Ipv4>&, base::WorkerId, const net::Tuple<net::Ipv4>&,
                                         std::uint16_t, const L4View&, const Settings&, Ticks) noexcept;

}  // namespace sluice::conntrack
