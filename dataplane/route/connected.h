// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/base/result.h"
#include "dataplane/net/address.h"
#include "dataplane/route/fib.h"

/// From interfaces and configured routes to the list that a Fib is made of: plain values in, plain values
/// out.
///
/// An address 10.0.0.2/24 on lan gives, as in the kernel's tables "local" and "main":
///
///   10.0.0.2/32     local       the router itself
///   10.0.0.255/32   broadcast   not for /31 and /32
///   10.0.0.0/24     unicast     on link, source 10.0.0.2; not for /32
///
/// 10.0.0.0 itself is a host like others, as in Linux since 5.14. Of several addresses in the same network
/// the first gives the source; of two interfaces with the same network the first one has it. What is local
/// wins over every other route to the same address. 127/8, 0.0.0.0 and multicast have no routes: the route
/// stage judges them.
namespace sluice::route {

/// An interface as far as routes go.
struct LinkAddresses {
    base::InterfaceId interface = base::kNoInterface;
    std::vector<net::Ipv4Prefix> addresses;
};

/// A next hop as configured: a gateway, an interface, or both.
struct StaticHop {
    std::optional<net::Ipv4Address> gateway;
    base::InterfaceId interface = base::kNoInterface;  ///< none: the one whose network holds the gateway
    std::uint16_t weight = 1;
    bool leads = false;  ///< the interface is known to lead to the gateway, whichever networks there are
};

/// A route as configured.
struct StaticRoute {
    net::Ipv4Prefix to;
    RouteType type = RouteType::unicast;  ///< or blackhole, unreachable, prohibit: these without hops
    std::vector<StaticHop> hops;
};

/// The list for `Fib::create`.
/// Errors: a gateway on no connected network or one of the router's own addresses; two routes to one prefix.
[[nodiscard]] base::Result<std::vector<Route<net::Ipv4>>> route_list(std::span<const LinkAddresses> links,
                                                                     std::span<const StaticRoute> routes);

/// The source address of packets that the router itself sends out of a link to `target` (inet_select_addr):
/// the first address in the target's network, else the first one, else the first of any other link.
[[nodiscard]] std::optional<net::Ipv4Address> source_for(std::span<const LinkAddresses> links,
                                                         base::InterfaceId interface,
                                                         net::Ipv4Address target);

}  // namespace sluice::route
