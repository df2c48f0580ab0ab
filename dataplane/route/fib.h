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
///
/// rte_fib maps an address to a number, which is an index into the list of routes; 0 is "no route". A lookup
/// of a whole burst takes about 5 to 25 cycles an address. Connected networks, own addresses and broadcasts
/// are routes like others (connected.h makes the list), so one lookup says what an address is to the router.
namespace sluice::route {

enum class RouteType : std::uint8_t {
    none,  ///< no route: net unreachable
    unicast,
    local,      ///< one of the router's own addresses
    broadcast,  ///< the broadcast address of a connected network
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

    bool operator==(const NextHop&) const = default;
};

/// A route. Several next hops: an ECMP group; the hop is chosen by a hash of the flow, as the kernel's
/// fib_multipath_hash_policy 0 (addresses only).
template <net::Family F>
struct Route {
    typename F::Address network{};
    std::uint8_t length = 0;
    RouteType type = RouteType::none;
    std::vector<NextHop<F>> hops;  ///< one at least for unicast and local

    bool operator==(const Route&) const = default;
};

/// Immutable once made; a change of routes makes a new one (see Snapshot).
/// Threads: any number of readers.
template <net::Family F>
class Fib {
public:
    using Address = typename F::Address;
    static constexpr std::size_t kMaxBulk = 64;

    /// `routes` may stand in any order; of two with the same prefix the later wins. Errors: no memory.
    /// `hash_seed` keys the choice among ECMP hops.
    /// Shape: 32 MiB of DPDK memory up to 32,000 routes, 64 MiB beyond; 512 bytes and more for each /24 that
    /// holds longer prefixes.
    static base::Result<std::unique_ptr<const Fib>> create(std::vector<Route<F>> routes,
                                                           std::uint64_t hash_seed);
    ~Fib();
    Fib(const Fib&) = delete;
    Fib& operator=(const Fib&) = delete;

    /// The routes of up to kMaxBulk destinations at once; `found[i]` is never null.
    void look_up(std::span<const Address> destinations, std::span<const Route<F>*> found) const noexcept;
    [[nodiscard]] const Route<F>& look_up(const Address& destination) const noexcept;
    /// The hop of an ECMP group for a flow, or the only hop. The same for both directions of a flow.
    [[nodiscard]] const NextHop<F>& hop_for(const Route<F>& route, const Address& source,
                                            const Address& destination) const noexcept;
    /// All routes; [0] is the route of type none.
    [[nodiscard]] std::span<const Route<F>> routes() const noexcept { return routes_; }

private:
    Fib() = default;
    rte_fib* fib_ = nullptr;
    std::vector<Route<F>> routes_;  ///< [0] is the route of type none
    std::uint64_t hash_seed_ = 0;
};

}  // namespace sluice::route
