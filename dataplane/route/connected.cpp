// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/route/connected.h"

#include <fmt/core.h>

#include <algorithm>

namespace sluice::route {

namespace {

using net::Ipv4;
using net::Ipv4Address;
using net::Ipv4Prefix;
using List = std::vector<Route<Ipv4>>;

Ipv4Prefix network_of(Ipv4Prefix prefix) {
    return {prefix.network(), prefix.length};
}

bool holds(const List& list, Ipv4Prefix network) {
    return std::any_of(list.begin(), list.end(), [&](const Route<Ipv4>& route) {
        return route.length == network.length && route.network == network.address;
    });
}

Route<Ipv4> one_hop_route(Ipv4Prefix network, RouteType type, base::InterfaceId interface,
                          Ipv4Address source) {
    Route<Ipv4> route;
    route.network = network.address;
    route.length = network.length;
    route.type = type;
    route.hops.push_back({interface, true, Ipv4Address{}, source, 1});
    return route;
}

/// The networks that the links are in.
void add_connected(List& list, std::span<const LinkAddresses> links) {
    for (const LinkAddresses& link : links) {
        for (const Ipv4Prefix& address : link.addresses) {
            const Ipv4Prefix network = network_of(address);
            if (address.length < 32 && !holds(list, network)) {
                list.push_back(one_hop_route(network, RouteType::unicast, link.interface, address.address));
            }
        }
    }
}

/// Broadcast addresses, then the router's own: of two with one prefix the later wins.
void add_local(List& list, std::span<const LinkAddresses> links) {
    for (const LinkAddresses& link : links) {
        for (const Ipv4Prefix& address : link.addresses) {
            const Ipv4Prefix broadcast{address.broadcast(), 32};
            if (address.length < 31 && !holds(list, broadcast)) {
                list.push_back(
                    one_hop_route(broadcast, RouteType::broadcast, link.interface, address.address));
            }
        }
    }
    for (const LinkAddresses& link : links) {
        for (const Ipv4Prefix& address : link.addresses) {
            list.push_back(
                one_hop_route({address.address, 32}, RouteType::local, link.interface, address.address));
        }
    }
}

bool is_own(std::span<const LinkAddresses> links, Ipv4Address address) {
    return std::any_of(links.begin(), links.end(), [&](const LinkAddresses& link) {
        return std::any_of(link.addresses.begin(), link.addresses.end(),
                           [&](const Ipv4Prefix& own) { return own.address == address; });
    });
}

/// The link whose longest network holds the gateway; `wanted` limits the search to one link.
base::InterfaceId link_to(std::span<const LinkAddresses> links, Ipv4Address gateway,
                          base::InterfaceId wanted) {
    base::InterfaceId best = base::kNoInterface;
    int best_length = -1;
    for (const LinkAddresses& link : links) {
        for (const Ipv4Prefix& address : link.addresses) {
            const bool fits = wanted == base::kNoInterface || wanted == link.interface;
            if (fits && address.length < 32 && address.contains(gateway) && address.length > best_length) {
                best = link.interface;
                best_length = address.length;
            }
        }
    }
    return best;
}

base::Result<NextHop<Ipv4>> hop_of(std::span<const LinkAddresses> links, const StaticRoute& route,
                                   const StaticHop& hop) {
    NextHop<Ipv4> result;
    result.interface = hop.interface;
    result.weight = hop.weight;
    if (hop.gateway) {
        if (is_own(links, *hop.gateway)) {
            return base::failure(fmt::format("route to {}: the gateway {} is this router itself",
                                             net::to_string(route.to), net::to_string(*hop.gateway)));
        }
        result.interface = link_to(links, *hop.gateway, hop.interface);
        if (result.interface == base::kNoInterface && hop.leads) {
            result.interface = hop.interface;
        }
        result.is_on_link = false;
        result.gateway = *hop.gateway;
        if (result.interface == base::kNoInterface) {
            return base::failure(fmt::format("route to {}: the gateway {} is on no connected network",
                                             net::to_string(route.to), net::to_string(*hop.gateway)));
        }
    } else if (hop.interface == base::kNoInterface) {
        return base::failure(
            fmt::format("route to {}: a next hop needs a gateway or an interface", net::to_string(route.to)));
    }
    const Ipv4Address target = result.is_on_link ? Ipv4Address{} : result.gateway;
    result.preferred_source = source_for(links, result.interface, target).value_or(Ipv4Address{});
    return result;
}

}  // namespace

std::optional<Ipv4Address> source_for(std::span<const LinkAddresses> links, base::InterfaceId interface,
                                      Ipv4Address target) {
    const auto link = std::find_if(links.begin(), links.end(),
                                   [&](const LinkAddresses& l) { return l.interface == interface; });
    if (link != links.end() && !link->addresses.empty()) {
        const auto near = std::find_if(link->addresses.begin(), link->addresses.end(),
                                       [&](const Ipv4Prefix& own) { return own.contains(target); });
        return near != link->addresses.end() ? near->address : link->addresses.front().address;
    }
    for (const LinkAddresses& other : links) {
        if (!other.addresses.empty()) {
            return other.addresses.front().address;
        }
    }
    return std::nullopt;
}

base::Result<std::vector<Route<Ipv4>>> route_list(std::span<const LinkAddresses> links,
                                                  std::span<const StaticRoute> routes) {
    List list;
    add_connected(list, links);
    for (const StaticRoute& configured : routes) {
        const Ipv4Prefix network = network_of(configured.to);
        if (holds(list, network)) {
            return base::failure(fmt::format("there are two routes to {}", net::to_string(network)));
        }
        Route<Ipv4> route;
        route.network = network.address;
        route.length = network.length;
        route.type = configured.type;
        if (configured.type == RouteType::unicast && configured.hops.empty()) {
            return base::failure(fmt::format("the route to {} has no next hop", net::to_string(network)));
        }
        for (const StaticHop& hop : configured.hops) {
            auto resolved = hop_of(links, configured, hop);
            if (!resolved) {
                return tl::unexpected<base::Error>(resolved.error());
            }
            route.hops.push_back(*resolved);
        }
        list.push_back(std::move(route));
    }
    add_local(list, links);
    return list;
}

}  // namespace sluice::route
