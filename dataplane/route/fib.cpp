// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/route/fib.h"

#include <fmt/core.h>
#include <rte_errno.h>
#include <rte_fib.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>

#include "dataplane/base/assertion.h"

namespace sluice::route {

namespace {

/// How many /24 networks hold routes longer than 24 bits: each needs a table of 256 entries.
std::uint32_t long_prefix_tables(const std::vector<Route<net::Ipv4>>& routes) {
    std::vector<std::uint32_t> networks;
    for (const Route<net::Ipv4>& route : routes) {
        if (route.length > 24) {
            networks.push_back(route.network.host() >> 8U);
        }
    }
    std::sort(networks.begin(), networks.end());
    const auto end = std::unique(networks.begin(), networks.end());
    return static_cast<std::uint32_t>(end - networks.begin());
}

/// A finaliser of 64 bits (MurmurHash3's): every bit of the input moves every bit of the result.
constexpr std::uint64_t mixed(std::uint64_t x) noexcept {
    x = (x ^ x >> 33U) * 0xff51afd7ed558ccdULL;
    x = (x ^ x >> 33U) * 0xc4ceb9fe1a85ec53ULL;
    return x ^ x >> 33U;
}

template <class Address>
std::uint64_t hash_of(const Address& address, std::uint64_t seed) noexcept {
    std::array<std::uint64_t, (sizeof(Address) + 7) / 8> words{};
    std::memcpy(words.data(), &address, sizeof(Address));
    std::uint64_t hash = seed;
    for (const std::uint64_t word : words) {
        hash = mixed(hash ^ word);
    }
    return hash;
}

}  // namespace

template <net::Family F>
base::Result<std::unique_ptr<const Fib<F>>> Fib<F>::create(std::vector<Route<F>> routes,
                                                           std::uint64_t hash_seed) {
    static std::atomic<unsigned> number{0};
    const std::string name = fmt::format("fib{}", number.fetch_add(1));
    const bool fits_two_bytes = routes.size() < 32'000;  // DIR-24-8 keeps one bit of the next hop for itself
    rte_fib_conf conf{};
    conf.type = RTE_FIB_DIR24_8;
    conf.default_nh = 0;
    conf.max_routes = static_cast<int>(routes.size() + 1);
    conf.dir24_8.nh_sz = fits_two_bytes ? RTE_FIB_DIR24_8_2B : RTE_FIB_DIR24_8_4B;
    conf.dir24_8.num_tbl8 = std::max<std::uint32_t>(long_prefix_tables(routes) + 1, 64);
    std::unique_ptr<Fib> fib(new Fib);
    fib->fib_ = rte_fib_create(name.c_str(), -1, &conf);
    if (fib->fib_ == nullptr) {
        return base::failure(fmt::format("no memory for a table of {} routes ({}): raise [runtime] memory",
                                         routes.size(), rte_strerror(rte_errno)));
    }
    fib->hash_seed_ = hash_seed;
    fib->routes_.reserve(routes.size() + 1);
    fib->routes_.emplace_back();
    for (Route<F>& route : routes) {
        const std::uint64_t index = fib->routes_.size();
        const int status = rte_fib_add(fib->fib_, route.network.host(), route.length, index);
        if (status != 0) {
            return base::failure(fmt::format("cannot add the route to {}/{}: {}",
                                             net::to_string(route.network), route.length,
                                             rte_strerror(-status)));
        }
        fib->routes_.push_back(std::move(route));
    }
    return std::unique_ptr<const Fib>(std::move(fib));
}

template <net::Family F>
Fib<F>::~Fib() {
    rte_fib_free(fib_);
}

template <net::Family F>
void Fib<F>::look_up(std::span<const Address> destinations, std::span<const Route<F>*> found) const noexcept {
    SLUICE_ASSERT(destinations.size() <= kMaxBulk && found.size() >= destinations.size());
    std::array<std::uint32_t, kMaxBulk> addresses;
    std::array<std::uint64_t, kMaxBulk> indexes;
    for (std::size_t i = 0; i < destinations.size(); ++i) {
        addresses[i] = destinations[i].host();
    }
    rte_fib_lookup_bulk(fib_, addresses.data(), indexes.data(), static_cast<int>(destinations.size()));
    for (std::size_t i = 0; i < destinations.size(); ++i) {
        found[i] = &routes_[indexes[i]];
    }
}

template <net::Family F>
const Route<F>& Fib<F>::look_up(const Address& destination) const noexcept {
    std::uint32_t address = destination.host();
    std::uint64_t index = 0;
    rte_fib_lookup_bulk(fib_, &address, &index, 1);
    return routes_[index];
}

template <net::Family F>
const NextHop<F>& Fib<F>::hop_for(const Route<F>& route, const Address& source,
                                  const Address& destination) const noexcept {
    if (route.hops.size() == 1) [[likely]] {
        return route.hops.front();
    }
    std::uint32_t total = 0;
    for (const NextHop<F>& hop : route.hops) {
        total += hop.weight;
    }
    // The sum of two hashes: both directions of a flow choose alike, as after the kernel's flow
    // "consistentify".
    const std::uint64_t hash = mixed(hash_of(source, hash_seed_) + hash_of(destination, hash_seed_));
    std::uint32_t share = static_cast<std::uint32_t>(((hash >> 32U) * total) >> 32U);
    for (const NextHop<F>& hop : route.hops) {
        if (share < hop.weight) {
            return hop;
        }
        share -= hop.weight;
    }
    return route.hops.front();
}

template class Fib<net::Ipv4>;

}  // namespace sluice::route
