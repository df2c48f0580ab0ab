// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <limits>

#include "dataplane/net/family.h"

namespace sluice::acl {

/// Whoever knows the routes: two words that the dataplane puts into a packet's view.
template <net::Family F>
struct PathMtu {
    /// The MTU of the way to an address; the largest number where there is none.
    using Of = std::uint32_t(const void* router, const typename F::Address& address) noexcept;

    const void* router = nullptr;
    Of* of = nullptr;
};

template <net::Family F>
[[nodiscard]] inline std::uint32_t mtu_to(const PathMtu<F>& path, const typename F::Address& address) noexcept {
    return path.of == nullptr ? std::numeric_limits<std::uint32_t>::max() : path.of(path.router, address);
}

}  // namespace sluice::acl
