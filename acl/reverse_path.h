// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "dataplane/base/ids.h"
#include "dataplane/net/family.h"

namespace sluice::acl {

/// The route to a packet's source, as a rule sees it.
enum class WayBack : std::uint8_t {
    none,         ///< no route, or one that refuses
    elsewhere,    ///< a route, but by other interfaces
    same,         ///< one of its hops is by the interface
    local,        ///< the source is an address of the router, on another interface
    local_there,  ///< on that one
};

/// Whoever knows the routes: two words that the dataplane puts into a packet's view.
template <net::Family F>
struct ReversePath {
    using Of = WayBack(const void* router, const typename F::Address& source, base::InterfaceId in) noexcept;

    const void* router = nullptr;
    Of* of = nullptr;
};

}  // namespace sluice::acl
