// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>

#include "acl/reverse_path.h"
#include "dataplane/route/fib.h"

namespace sluice::route {

/// What `-m rpfilter` sees of the route to a packet's source. A route that refuses is no way back, nor is a
/// broadcast's.
template <net::Family F>
[[nodiscard]] acl::WayBack way_back_by(const Route<F>& route, base::InterfaceId in) noexcept {
    const bool is_there = std::any_of(route.hops.begin(), route.hops.end(),
                                      [in](const NextHop<F>& hop) { return hop.interface == in; });
    switch (route.type) {
        case RouteType::unicast:
            return is_there ? acl::WayBack::same : acl::WayBack::elsewhere;
        case RouteType::local:
            return is_there ? acl::WayBack::local_there : acl::WayBack::local;
        default:
            return acl::WayBack::none;
    }
}

}  // namespace sluice::route
