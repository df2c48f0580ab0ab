// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>

#include "ctrlplane/config/checker.h"
#include "ctrlplane/config/diagnostic_text.h"

namespace sluice::ctrlplane::config {

namespace {

std::pair<unsigned, std::uint32_t> key_of(const net::Ipv4Prefix& prefix) {
    return {prefix.length, prefix.network().host()};
}

}  // namespace

std::optional<CheckedConfig> Checker::check(Config config) {
    checked_.file_ = config.file;
    checked_.runtime_ = std::move(config.runtime);
    checked_.sets_ = std::move(config.sets);
    checked_.firewall_ = std::move(config.firewall);
    check_interfaces(std::move(config.interfaces));
    apply_sysctls(config.sysctl);
    checked_.tracking_ = config.tracking;
    checked_.nflog_ = std::move(config.nflog);
    check_routes(config.routes);
    check_neighbors(config.neighbors);
    if (faults_->has_error()) {
        return std::nullopt;
    }
    return std::move(checked_);
}

void Checker::check_routes(const std::vector<Route>& routes) {
    collect_on_link(routes);
    std::map<OnLinkKey, base::Location> seen;
    for (const Route& route : routes) {
        if (route.to) {
            check_destination(*route.to, seen);
        }
        add_route(route);
    }
}

void Checker::collect_on_link(const std::vector<Route>& routes) {
    for (const CheckedInterface& interface : checked_.interfaces_) {
        for (const auto& prefix : interface.addresses) {
            if (prefix.value.length < 32) {
                on_link_[key_of(prefix.value)].push_back(interface.id);
                connected_.emplace(key_of(prefix.value), interface.id);
            }
        }
    }
    for (const Route& route : routes) {
        if (route.kind != RouteKind::unicast || !route.via.empty() || !route.interface || !route.to) {
            continue;
        }
        if (const auto found = by_name_.find(route.interface->value); found != by_name_.end()) {
            on_link_[key_of(route.to->value)].push_back(found->second);
        }
    }
}

void Checker::check_destination(const Located<net::Ipv4Prefix>& written,
                                std::map<OnLinkKey, base::Location>& seen) {
    const net::Ipv4Prefix& to = written.value;
    const auto [first, is_new] = seen.emplace(key_of(to), written.where);
    if (!is_new) {
        faults_->error(written.where,
                       fmt::format("to {} stands already in {}; for several gateways write via as a list",
                                   net::to_string(to), line_of(first->second)));
    }
    if (to.length == 32 && own_addresses_.contains(to.address)) {
        faults_->error(written.where,
                       fmt::format("to {} is an address of the router itself", net::to_string(to)));
        return;
    }
    if (const auto connected = connected_.find(key_of(to)); connected != connected_.end()) {
        faults_->error(written.where,
                       fmt::format("to {} is the network of the interface {}, which has its route "
                                   "already",
                                   net::to_string(to), in_quotes(name_of(connected->second))));
    }
}

void Checker::add_route(const Route& route) {
    CheckedRoute checked{route.where, {}, route.kind, {}};
    std::optional<base::InterfaceId> wanted;
    if (route.interface) {
        wanted = find(*route.interface, "dev");
        if (!wanted) {
            return;
        }
    }
    for (const Located<net::Ipv4Address>& via : route.via) {
        if (const auto interface = interface_towards(via, wanted)) {
            checked.hops.push_back({via.value, *interface, via.where});
        }
    }
    if (route.via.empty() && wanted) {
        checked.hops.push_back({std::nullopt, *wanted, route.interface->where});
    }
    if (route.to) {
        checked.to = route.to->value;
        checked_.routes_.push_back(std::move(checked));
    }
}

std::optional<base::InterfaceId> Checker::interface_towards(const Located<net::Ipv4Address>& via,
                                                            std::optional<base::InterfaceId> wanted) {
    const std::string text = net::to_string(via.value);
    if (const auto own = own_addresses_.find(via.value); own != own_addresses_.end()) {
        faults_->error(via.where, fmt::format("via {} is the router's own address, on the interface {}", text,
                                              in_quotes(name_of(own->second))));
        return std::nullopt;
    }
    for (unsigned length = 33; length-- > 0;) {
        const net::Ipv4Prefix around{via.value, static_cast<std::uint8_t>(length)};
        const auto found = on_link_.find(key_of(around));
        if (found == on_link_.end()) {
            continue;
        }
        const auto& interfaces = found->second;
        if (wanted && std::find(interfaces.begin(), interfaces.end(), *wanted) == interfaces.end()) {
            continue;
        }
        if (length > 0 && length <= 30 && via.value == around.broadcast()) {
            faults_->error(via.where, fmt::format("via {} is the broadcast address of {}/{}", text,
                                                  net::to_string(around.network()), length));
            return std::nullopt;
        }
        return wanted.value_or(interfaces.front());
    }
    faults_->error(via.where,
                   wanted ? fmt::format("via {} is on no network of the interface {}; a gateway must be "
                                        "reached directly",
                                        text, in_quotes(name_of(*wanted)))
                          : fmt::format("via {} is on no network of an interface; a gateway must be reached "
                                        "directly",
                                        text));
    return std::nullopt;
}

void Checker::check_neighbors(const std::vector<Neighbor>& neighbors) {
    std::map<std::pair<base::InterfaceId, net::Ipv4Address>, base::Location> seen;
    for (const Neighbor& neighbor : neighbors) {
        const base::InterfaceId interface =
            neighbor.interface ? find(*neighbor.interface, "interface").value_or(base::kNoInterface)
                               : base::kNoInterface;
        if (!neighbor.address) {
            continue;
        }
        const auto& [address, where] = *neighbor.address;
        if (own_addresses_.contains(address)) {
            faults_->error(where, fmt::format("address {} is the router's own", net::to_string(address)));
            continue;
        }
        if (interface == base::kNoInterface || !neighbor.mac) {
            continue;
        }
        const auto [first, is_new] = seen.emplace(std::pair(interface, address), where);
        if (!is_new) {
            faults_->error(where, fmt::format("address {} of the interface {} stands already in {}",
                                              net::to_string(address), in_quotes(name_of(interface)),
                                              line_of(first->second)));
            continue;
        }
        checked_.neighbors_.push_back({where, address, neighbor.mac->value, interface});
    }
}

}  // namespace sluice::ctrlplane::config
