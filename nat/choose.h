// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "conntrack/table.h"
#include "dataplane/base/random.h"
#include "nat/range.h"

/// Which addresses and ports a connection wears (nf_nat_core.c).
///
/// NAT is nothing but a reply tuple that is not the plain inverse of the original one. Example, SNAT to
/// 198.51.100.1:
///
///     original  10.0.0.5:4000 → 8.8.8.8:53          what the client sends
///     reply     8.8.8.8:53 → 198.51.100.1:4000      what will come back
///     so packets of the original direction leave as   198.51.100.1:4000 → 8.8.8.8:53   (the reply's inverse)
///     and those of the reply direction leave as       8.8.8.8:53 → 10.0.0.5:4000       (the original's
///     inverse)
///
/// A pending connection passes two nat hooks. The first (PREROUTING or OUTPUT) may change the destination,
/// that is the reply's source; the second (POSTROUTING or INPUT) the source, that is the reply's destination.
/// Where no rule says anything the hook binds to "nothing": the address stays, and still the reply tuple must
/// be nobody else's, so that a clash gets another source port although no rule asked for one.
///
/// A tuple is free when Table::reserve_reply takes it: from then on it is reserved, for all workers, until
/// the connection is abandoned or dead. Ports are kept where they can be; else they come from the class of
/// the old one (below 512, 600 to 1023, from 1024), from a random start on (NAT-1, NAT-7). The search is the
/// kernel's: 128 attempts from the first start, then fewer from others; who finds none is dropped (NAT-8).
///
/// Of a range of addresses a client gets the one that the kernel would give it: the same hash (jhash, Bob
/// Jenkins 2006, public domain) of its address, and of the destination's unless `persistent`.
///
/// A source socket that another connection already gave an address and port wears them again towards new places,
/// where the rule allows it and they are free there, even if its own port were free as well (NAT-3): the index by
/// source (conntrack/mappings.h) says what it wears. In the last attempts of a search a SYN takes what a closing
/// connection has, if its numbers lie behind the SYN's.
///
/// With `independent` one outside socket serves all destinations, and nobody else has it (RFC 4787 REQ-1): then
/// there is no second choice, and who cannot have it is dropped.
namespace sluice::nat {

/// Gives a pending connection what a rule says for this end. Only once for each end: `is_bound`.
///
/// Returns false where no free tuple was found: Table::confirm will refuse it; the packet may be dropped at
/// once. A clash at the destination's end is none yet: the source's end may still resolve it.
template <net::Family F>
[[nodiscard]] bool bind(conntrack::Table<F>& table, base::WorkerId worker,
                        conntrack::Connection<F>& connection, End end, const Range<F>& range,
                        base::Random& random, conntrack::Ticks now) noexcept;

/// The same where no rule matched.
template <net::Family F>
[[nodiscard]] bool bind_to_nothing(conntrack::Table<F>& table, base::WorkerId worker,
                                   conntrack::Connection<F>& connection, End end, base::Random& random,
                                   conntrack::Ticks now) noexcept;

/// Whether this end has been decided (nf_nat_initialized).
template <net::Family F>
[[nodiscard]] bool is_bound(const conntrack::Connection<F>& connection, End end) noexcept {
    return connection.has(end == End::source ? conntrack::status::kSrcNatDone
                                             : conntrack::status::kDstNatDone);
}

/// Whether packets that go `way` change this end at all (nf_nat_packet): what is a source NAT for the
/// original direction is a destination NAT for the reply.
template <net::Family F>
[[nodiscard]] bool changes(const conntrack::Connection<F>& connection, conntrack::Way way, End end) noexcept {
    const bool source_rule = (end == End::source) == (way == conntrack::Way::original);
    return connection.has(source_rule ? conntrack::status::kSrcNat : conntrack::status::kDstNat);
}

/// Whether a masqueraded connection would leave by another interface than it was made for: the kernel ends it
/// (nf_nat_oif_changed). To be asked at POSTROUTING.
template <net::Family F>
[[nodiscard]] bool has_moved(const conntrack::Connection<F>& connection, conntrack::Way way,
                             base::InterfaceId out) noexcept {
    return way == conntrack::Way::original && connection.shared.masquerade != base::kNoInterface &&
           connection.shared.masquerade != out;
}

/// The address of a range that a connection gets, whatever is free.
template <net::Family F>
[[nodiscard]] typename F::Address address_for(const net::Tuple<F>& tuple, const Range<F>& range) noexcept;

extern template bool bind(conntrack::Table<net::Ipv4>&, base::WorkerId, conntrack::Connection<net::Ipv4>&,
                          End, const Range<net::Ipv4>&, base::Random&, conntrack::Ticks) noexcept;
extern template bool bind_to_nothing(conntrack::Table<net::Ipv4>&, base::WorkerId,
                                     conntrack::Connection<net::Ipv4>&, End, base::Random&,
                                     conntrack::Ticks) noexcept;
extern template net::Ipv4Address address_for(const net::Tuple<net::Ipv4>&, const Range<net::Ipv4>&) noexcept;

}  // namespace sluice::nat
