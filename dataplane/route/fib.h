// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/base/result.h"
#include "dataplane/net/family.h"

struct rte_fib;

/// The forwarding table: longest prefix to route, on rte_fib (DIR-24-8 for IPv4).
namespace sluice::route {

enum class RouteType : std::uint8_t {
    none,         ///< no route: net unreachable
    unicast,
    local,        ///< one of the router's own addresses
    broadcast,    ///< a connected network's broadcast or network address
    blackhole,
    unreachable,
    prohibit,
};

/// One way out: the interface, and the gateway, or the destination itself where `is_on_link`.
template <net::Family F>
struct NextHop {
    base::InterfaceId interface = base::kNoInterface;
    bool is_on_link = true;
    typename F::Address gateway{};
    /// The address that the router itself uses as source on this way (what `ip route get` shows as src).
    typename F::Address preferred_source{};
    std::uint16_t weight = 1;
};

/// A route. Several next hops: an ECMP group; the hop is chosen by a hash of the flow, as the kernel's
/// fib_multipath_hash_policy 0 (addresses only).
template <net::Family F>
struct Route {
    typename F::Address network{};
    std::uint8_t length = 0;
    RouteType type = RouteType::none;
    std::vector<NextHop<F>> hops;
};

/// Immutable once made; a change of routes makes a new one (see Snapshot).
template <net::Family F>
class Fib {
public:
    using Address = typename F::Address;

    /// `routes` may stand in any order; of two with the same prefix the later wins. Errors: no memory.
    /// `hash_seed` keys the choice among ECMP hops.
    static base::Result<std::unique_ptr<const Fib>> create(std::vector<Route<F>> routes, std::uint64_t hash_seed);
    ~Fib();
    Fib(const Fib&) = delete;
    Fib& operator=(const Fib&) = delete;

    /// The routes of up to 64 destinations at once.
    void look_up(std::span<const Address> destinations, std::span<const Route<F>*> found) const noexcept;
    [[nodiscard]] const Route<F>& look_up(const Address& destination) const noexcept;
    /// The hop of an ECMP group for a flow.
    [[nodiscard]] const NextHop<F>& hop_for(const Route<F>& route, const Address& source,
                                            const Address& destination) const noexcept;
    [[nodiscard]] std::span<const Route<F>> routes() const noexcept { return routes_; }

private:
    Fib() = default;
    rte_fib* fib_ = nullptr;
    std::vector<Route<F>> routes_;  ///< [0] is the route of type none
    std::uint64_t hash_seed_ = 0;
};

}  // namespace sluice::route
