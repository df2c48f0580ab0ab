// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/config_edit.h"

#include <fmt/core.h>

#include <algorithm>

#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/config/sections.h"

namespace sluice::ctrlplane::config {

namespace {

using Done = ConfigEdit::Done;

tl::unexpected<std::string> refused(std::string why) { return tl::unexpected<std::string>(std::move(why)); }

tl::unexpected<std::string> answers(std::string_view why) { return refused(fmt::format("RTNETLINK answers: {}", why)); }

bool is_same_network(net::Ipv4Prefix a, net::Ipv4Prefix b) { return a.length == b.length && a.network() == b.network(); }

bool overlap(net::Ipv4Prefix a, net::Ipv4Prefix b) {
    return a.length < 32 && b.length < 32 && (a.contains(b.network()) || b.contains(a.network()));
}

/// Whether a route goes by the ways that a command names; a way without an interface or gateway leaves that open.
bool goes_by(const CheckedRoute& route, const std::vector<CheckedNextHop>& asked) {
    if (asked.empty()) {
        return true;
    }
    return route.hops.size() == asked.size() &&
           std::equal(asked.begin(), asked.end(), route.hops.begin(), [](const CheckedNextHop& a, const CheckedNextHop& b) {
               return (!a.via || a.via == b.via) && (a.interface == base::kNoInterface || a.interface == b.interface);
           });
}

}  // namespace

// --- addresses

Done ConfigEdit::address(Edit edit, base::InterfaceId interface, net::Ipv4Prefix address) {
    switch (edit) {
        case Edit::add:
            return add_address(interface, address, false);
        case Edit::change:
        case Edit::replace:
            return add_address(interface, address, true);
        case Edit::remove:
            break;
    }
    return remove_address(interface, address);
}

Done ConfigEdit::add_address(base::InterfaceId interface, net::Ipv4Prefix address, bool may_exist) {
    if (const std::string_view fault = address_fault(address); !fault.empty()) {
        return refused(fmt::format("Error: address {} {}.", net::to_string(address), fault));
    }
    for (const CheckedInterface& other : config_.interfaces()) {
        for (const Located<net::Ipv4Prefix>& own : other.addresses) {
            if (own.value == address && other.id == interface) {
                return may_exist ? Done{} : Done(refused("Error: ipv4: Address already assigned."));
            }
            if (own.value.address == address.address) {
                return refused(fmt::format("Error: address {} is already one of the interface {}.",
                                           net::to_string(address.address), in_quotes(other.name)));
            }
            if (other.id != interface && overlap(own.value, address)) {
                return refused(fmt::format(
                    "Error: address {} overlaps with {} of the interface {}; each network belongs to one interface.",
                    net::to_string(address), net::to_string(own.value), in_quotes(other.name)));
            }
        }
    }
    for (const CheckedRoute& route : config_.routes()) {
        if (is_same_network(route.to, address) || (route.to.length == 32 && route.to.address == address.address)) {
            return refused(fmt::format("Error: there is a route to {}; delete it first.", net::to_string(route.to)));
        }
        if (std::any_of(route.hops.begin(), route.hops.end(),
                        [&](const CheckedNextHop& hop) { return hop.via == address.address; })) {
            return refused(fmt::format("Error: {} is the gateway of the route to {}; delete that first.",
                                       net::to_string(address.address), net::to_string(route.to)));
        }
    }
    addresses_of(interface).push_back({address, {}});
    return {};
}

/// With the first address of a network the others of it go, too (promote_secondaries = 0); with the last of
/// all, every route by the interface.
Done ConfigEdit::remove_address(base::InterfaceId interface, net::Ipv4Prefix address) {
    Addresses& own = addresses_of(interface);
    const auto found = std::find_if(own.begin(), own.end(), [&](const auto& one) { return one.value == address; });
    if (found == own.end()) {
        return refused("Error: ipv4: Address not found.");
    }
    const bool is_first = std::none_of(own.begin(), found, [&](const auto& one) { return is_same_network(one.value, address); });
    std::erase_if(own, [&](const auto& one) {
        return one.value == address || (is_first && is_same_network(one.value, address));
    });
    if (own.empty()) {
        std::erase_if(config_.routes_, [&](const CheckedRoute& route) {
            return std::any_of(route.hops.begin(), route.hops.end(),
                               [&](const CheckedNextHop& hop) { return hop.interface == interface; });
        });
    }
    return {};
}

// --- routes

bool ConfigEdit::is_own(net::Ipv4Address address) const {
    return std::any_of(config_.interfaces().begin(), config_.interfaces().end(), [&](const CheckedInterface& interface) {
        return std::any_of(interface.addresses.begin(), interface.addresses.end(),
                           [&](const auto& own) { return own.value.address == address; });
    });
}

bool ConfigEdit::is_connected(net::Ipv4Prefix network) const {
    return std::any_of(config_.interfaces().begin(), config_.interfaces().end(), [&](const CheckedInterface& interface) {
        return std::any_of(interface.addresses.begin(), interface.addresses.end(),
                           [&](const auto& own) { return is_same_network(own.value, network); });
    });
}

/// By the longest network around the gateway: an interface's, or that of a route without a gateway.
base::InterfaceId ConfigEdit::interface_towards(net::Ipv4Address gateway, base::InterfaceId wanted) const {
    base::InterfaceId best = base::kNoInterface;
    int length = -1;
    const auto look = [&](net::Ipv4Prefix network, base::InterfaceId interface) {
        if ((wanted == base::kNoInterface || wanted == interface) && network.contains(gateway) && network.length > length) {
            best = interface;
            length = network.length;
        }
    };
    for (const CheckedInterface& interface : config_.interfaces()) {
        for (const auto& own : interface.addresses) {
            if (own.value.length < 32) {
                look(own.value, interface.id);
            }
        }
    }
    for (const CheckedRoute& route : config_.routes()) {
        if (route.hops.size() == 1 && !route.hops[0].via) {
            look(route.to, route.hops[0].interface);
        }
    }
    return best;
}

Done ConfigEdit::complete(CheckedNextHop& hop) const {
    if (!hop.via) {
        return hop.interface == base::kNoInterface ? Done(answers("No such device")) : Done{};
    }
    const base::InterfaceId towards = interface_towards(*hop.via, hop.interface);
    if (towards == base::kNoInterface || is_own(*hop.via)) {
        return refused("Error: Nexthop has invalid gateway.");
    }
    hop.interface = towards;
    return {};
}

Done ConfigEdit::route(Edit edit, RouteEdit route) {
    std::vector<CheckedRoute>& routes = config_.routes_;
    const auto known = std::find_if(routes.begin(), routes.end(), [&](const CheckedRoute& one) {
        return is_same_network(one.to, route.to) && (edit != Edit::remove || (goes_by(one, route.hops) && one.kind == route.kind.value_or(one.kind)));
    });
    if (edit == Edit::remove) {
        if (known == routes.end()) {
            return is_connected(route.to) ? Done(refused("Error: the network of an interface's address goes with the address."))
                                          : Done(answers("No such process"));
        }
        routes.erase(known);
        return {};
    }
    if (is_connected(route.to)) {
        return answers("File exists");
    }
    if (route.to.length == 32 && is_own(route.to.address)) {
        return refused(fmt::format("Error: {} is an address of the router itself.", net::to_string(route.to.address)));
    }
    if (edit == Edit::add && known != routes.end()) {
        return answers("File exists");
    }
    if (edit == Edit::change && known == routes.end()) {
        return answers("No such file or directory");
    }
    const RouteKind kind = route.kind.value_or(RouteKind::unicast);
    if (kind == RouteKind::unicast && route.hops.empty()) {
        return answers("No such device");
    }
    for (CheckedNextHop& hop : route.hops) {
        if (Done done = complete(hop); !done) {
            return done;
        }
    }
    CheckedRoute checked{{}, route.to, kind, std::move(route.hops)};
    if (known != routes.end()) {
        *known = std::move(checked);
    } else {
        routes.push_back(std::move(checked));
    }
    return {};
}

// --- neighbours

Done ConfigEdit::neighbor(Edit edit, base::InterfaceId interface, net::Ipv4Address address,
                          std::optional<net::MacAddress> mac) {
    std::vector<CheckedNeighbor>& neighbors = config_.neighbors_;
    const auto known = std::find_if(neighbors.begin(), neighbors.end(), [&](const CheckedNeighbor& one) {
        return one.interface == interface && one.address == address;
    });
    if ((edit == Edit::remove || edit == Edit::change) && known == neighbors.end()) {
        return answers("No such file or directory");
    }
    if (edit == Edit::remove) {
        neighbors.erase(known);
        return {};
    }
    if (!mac) {
        return refused("Error: No link layer address given.");
    }
    if (edit == Edit::add && known != neighbors.end()) {
        return answers("File exists");
    }
    if (is_own(address)) {
        return refused(fmt::format("Error: {} is an address of the router itself.", net::to_string(address)));
    }
    if (known != neighbors.end()) {
        known->mac = *mac;
    } else {
        neighbors.push_back({{}, address, *mac, interface});
    }
    return {};
}

}  // namespace sluice::ctrlplane::config
