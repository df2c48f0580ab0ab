// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "conntrack/table.h"
#include "dataplane/base/random.h"

namespace sluice::helpers {

/// Gives a connection that has just begun what its master's NAT makes of it, where its expectation says so: both ends are
/// bound before any nat rule is asked (the kernel's expectfn).
///
/// In: `connection` pending and unbound. Where no tuple is free the connection is refused at its confirmation.
template <net::Family F>
void follow(conntrack::Table<F>& table, base::WorkerId worker, conntrack::Connection<F>& connection,
            const conntrack::Expectation<F>& expectation, base::Random& random, base::Ticks now) noexcept;

extern template void follow(conntrack::Table<net::Ipv4>&, base::WorkerId, conntrack::Connection<net::Ipv4>&,
                            const conntrack::Expectation<net::Ipv4>&, base::Random&, base::Ticks) noexcept;

}  // namespace sluice::helpers
