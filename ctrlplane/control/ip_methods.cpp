// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <tuple>

#include "ctrlplane/control/methods.h"
#include "ctrlplane/control/params.h"

/// `ip route|neigh|addr|link show`, in the words and blanks of iproute2 6.1.
namespace sluice::ctrlplane::control {

namespace {

using F = net::Ipv4;
using Route = route::Route<F>;
using NextHop = route::NextHop<F>;

/// What all four have in common: the interface asked for, if any.
struct Wanted {
    std::vector<InterfaceView> interfaces;
    std::optional<base::InterfaceId> only;
    bool json = false;

    [[nodiscard]] bool includes(base::InterfaceId id) const { return !only || *only == id; }
    [[nodiscard]] const std::string& name(base::InterfaceId id) const {
        return interfaces[base::index_of(id)].interface.name;
    }
};

tl::expected<Wanted, Refusal> read_wanted(const RouterView& view, const Json& given) {
    Params params(given);
    Wanted wanted;
    wanted.json = params.flag("json");
    const auto dev = params.text("dev");
    if (auto fault = params.fault()) {
        return *fault;
    }
    wanted.interfaces = view.interfaces();
    if (dev) {
        const auto found = std::find_if(wanted.interfaces.begin(), wanted.interfaces.end(),
                                        [&](const InterfaceView& one) { return one.interface.name == *dev; });
        if (found == wanted.interfaces.end()) {
            return refusal(fmt::format("Cannot find device \"{}\"", *dev));
        }
        wanted.only = found->interface.id;
    }
    return wanted;
}

Json answer(const Wanted& wanted, std::string text, Json data) {
    return wanted.json ? Json{{"data", std::move(data)}} : Json{{"text", std::move(text)}};
}

// --- routes: table main, as the kernel orders it

std::string_view type_word(route::RouteType type) {
    switch (type) {
        case route::RouteType::blackhole:
            return "blackhole";
        case route::RouteType::unreachable:
            return "unreachable";
        case route::RouteType::prohibit:
            return "prohibit";
        default:
            return "";
    }
}

/// Routes of table `local` and the route of none are not in table `main`.
bool is_in_main(const Route& route) {
    return route.type == route::RouteType::unicast || !type_word(route.type).empty();
}

std::string prefix_text(const Route& route) {
    if (route.length == 0) {
        return "default";
    }
    return route.length == 32 ? net::to_string(route.network)
                              : fmt::format("{}/{}", net::to_string(route.network), route.length);
}

/// The route that an interface's address brought with it: on link, to the network that the source is in.
bool is_connected(const Route& route, const Wanted& wanted) {
    if (route.type != route::RouteType::unicast || route.hops.size() != 1 || !route.hops[0].is_on_link) {
        return false;
    }
    const NextHop& hop = route.hops[0];
    const auto& addresses = wanted.interfaces[base::index_of(hop.interface)].interface.addresses;
    return std::any_of(addresses.begin(), addresses.end(), [&](const net::Ipv4Prefix& address) {
        return address.address == hop.preferred_source && address.length == route.length &&
               address.network() == route.network;
    });
}

std::string route_text(const Route& route, const Wanted& wanted) {
    std::string line;
    if (const std::string_view type = type_word(route.type); !type.empty()) {
        return fmt::format("{} {} \n", type, prefix_text(route));
    }
    if (route.hops.size() > 1) {
        line = prefix_text(route) + " \n";
        for (const NextHop& hop : route.hops) {
            line +=
                hop.is_on_link ? "\tnexthop " : fmt::format("\tnexthop via {} ", net::to_string(hop.gateway));
            line += fmt::format("dev {} weight {} \n", wanted.name(hop.interface), hop.weight);
        }
        return line;
    }
    const NextHop& hop = route.hops.front();
    line = prefix_text(route) + " ";
    if (!hop.is_on_link) {
        line += fmt::format("via {} ", net::to_string(hop.gateway));
    }
    if (!wanted.only) {
        line += fmt::format("dev {} ", wanted.name(hop.interface));
    }
    if (is_connected(route, wanted)) {
        line += fmt::format("proto kernel scope link src {} ", net::to_string(hop.preferred_source));
    } else if (hop.is_on_link) {
        line += "scope link ";
    }
    return line + "\n";
}

Json hop_data(const NextHop& hop, const Wanted& wanted) {
    Json data = {{"dev", wanted.name(hop.interface)}};
    if (!hop.is_on_link) {
        data["gateway"] = net::to_string(hop.gateway);
    }
    return data;
}

Json route_data(const Route& route, const Wanted& wanted) {
    Json data = {{"dst", prefix_text(route)}};
    if (const std::string_view type = type_word(route.type); !type.empty()) {
        data["type"] = type;
    } else if (route.hops.size() == 1) {
        data.update(hop_data(route.hops[0], wanted));
        if (is_connected(route, wanted)) {
            data.update({{"protocol", "kernel"},
                         {"scope", "link"},
                         {"prefsrc", net::to_string(route.hops[0].preferred_source)}});
        } else if (route.hops[0].is_on_link) {
            data["scope"] = "link";
        }
    } else {
        for (const NextHop& hop : route.hops) {
            Json& one = data["nexthops"].emplace_back(hop_data(hop, wanted));
            one["weight"] = hop.weight;
        }
    }
    return data;
}

MethodResult routes(const RouterView& view, const Json& given) {
    const auto wanted = read_wanted(view, given);
    if (!wanted) {
        return tl::unexpected(wanted.error());
    }
    std::vector<const Route*> shown;
    for (const Route& route : view.routes()) {
        // With `dev`, ip shows the routes that have this one way only.
        const bool fits =
            !wanted->only || (route.hops.size() == 1 && route.hops[0].interface == *wanted->only);
        if (is_in_main(route) && fits) {
            shown.push_back(&route);
        }
    }
    std::sort(shown.begin(), shown.end(), [](const Route* a, const Route* b) {
        return std::tuple(a->network.host(), -int{a->length}) <
               std::tuple(b->network.host(), -int{b->length});
    });
    std::string text;
    Json data = Json::array();
    for (const Route* route : shown) {
        text += route_text(*route, *wanted);
        data.push_back(route_data(*route, *wanted));
    }
    return answer(*wanted, std::move(text), std::move(data));
}

// --- neighbours

MethodResult neighbors(const RouterView& view, const Json& given) {
    const auto wanted = read_wanted(view, given);
    if (!wanted) {
        return tl::unexpected(wanted.error());
    }
    std::string text;
    Json data = Json::array();
    for (const NeighborView<F>& neighbor : view.neighbors()) {
        if (!wanted->includes(neighbor.interface)) {
            continue;
        }
        const std::string& dev = wanted->name(neighbor.interface);
        std::string line = neighbor_line(neighbor, dev);
        if (wanted->only) {
            line = fmt::format("{} ", net::to_string(neighbor.address)) +
                   line.substr(fmt::format("{} dev {} ", net::to_string(neighbor.address), dev).size());
        }
        text += line + "\n";
        Json one = {{"dst", net::to_string(neighbor.address)},
                    {"dev", dev},
                    {"state", Json::array({name_of(neighbor.state)})}};
        if (neighbor.mac) {
            one["lladdr"] = net::to_string(*neighbor.mac);
        }
        data.push_back(std::move(one));
    }
    return answer(*wanted, std::move(text), std::move(data));
}

// --- interfaces

Json flags_of(const InterfaceView& view) {
    Json flags = Json::array();
    if (!view.status.link_up) {
        flags.push_back("NO-CARRIER");
    }
    for (const char* flag : {"BROADCAST", "MULTICAST", "UP"}) {
        flags.push_back(flag);
    }
    if (view.status.link_up) {
        flags.push_back("LOWER_UP");
    }
    return flags;
}

std::string link_text(const InterfaceView& view, bool with_mode) {
    std::string flags;
    for (const Json& flag : flags_of(view)) {
        flags += fmt::format("{}{}", flags.empty() ? "" : ",", flag.get<std::string>());
    }
    // Numbers count from 1, as the kernel's do.
    return fmt::format(
        "{}: {}{}: <{}> mtu {} qdisc noqueue state {} {}group default qlen 1000\n"
        "    link/ether {} brd ff:ff:ff:ff:ff:ff\n",
        base::index_of(view.interface.id) + 1, view.interface.name,
        view.parent.empty() ? "" : fmt::format("@{}", view.parent), flags, view.interface.mtu,
        view.status.link_up ? "UP" : "DOWN", with_mode ? "mode DEFAULT " : "",
        net::to_string(view.interface.mac));
}

/// Of several addresses in one network all but the first are secondary.
bool is_secondary(const pipeline::Interface& interface, std::size_t index) {
    const net::Ipv4Prefix& address = interface.addresses[index];
    return std::any_of(interface.addresses.begin(),
                       interface.addresses.begin() + static_cast<std::ptrdiff_t>(index),
                       [&](const net::Ipv4Prefix& earlier) {
                           return earlier.length == address.length && earlier.network() == address.network();
                       });
}

std::string address_text(const pipeline::Interface& interface, std::size_t index) {
    const net::Ipv4Prefix& address = interface.addresses[index];
    const std::string broadcast =
        address.length < 31 ? fmt::format(" brd {}", net::to_string(address.broadcast())) : std::string();
    return fmt::format("    inet {}{} scope global {}{}\n       valid_lft forever preferred_lft forever\n",
                       net::to_string(address), broadcast, is_secondary(interface, index) ? "secondary " : "",
                       interface.name);
}

Json link_data(const InterfaceView& view) {
    Json data = {{"ifindex", base::index_of(view.interface.id) + 1},
                 {"ifname", view.interface.name},
                 {"flags", flags_of(view)},
                 {"mtu", view.interface.mtu},
                 {"operstate", view.status.link_up ? "UP" : "DOWN"},
                 {"link_type", "ether"},
                 {"address", net::to_string(view.interface.mac)},
                 {"broadcast", "ff:ff:ff:ff:ff:ff"}};
    if (!view.parent.empty()) {
        data["link"] = view.parent;
    }
    return data;
}

Json address_data(const pipeline::Interface& interface, std::size_t index) {
    const net::Ipv4Prefix& address = interface.addresses[index];
    Json data = {{"family", "inet"},
                 {"local", net::to_string(address.address)},
                 {"prefixlen", address.length},
                 {"scope", "global"},
                 {"label", interface.name}};
    if (address.length < 31) {
        data["broadcast"] = net::to_string(address.broadcast());
    }
    if (is_secondary(interface, index)) {
        data["secondary"] = true;
    }
    return data;
}

MethodResult links(const RouterView& view, const Json& given, bool with_addresses) {
    const auto wanted = read_wanted(view, given);
    if (!wanted) {
        return tl::unexpected(wanted.error());
    }
    std::string text;
    Json data = Json::array();
    for (const InterfaceView& one : wanted->interfaces) {
        if (!wanted->includes(one.interface.id)) {
            continue;
        }
        text += link_text(one, !with_addresses);
        Json& link = data.emplace_back(link_data(one));
        for (std::size_t i = 0; with_addresses && i < one.interface.addresses.size(); ++i) {
            text += address_text(one.interface, i);
            link["addr_info"].push_back(address_data(one.interface, i));
        }
    }
    return answer(*wanted, std::move(text), std::move(data));
}

}  // namespace

void add_ip_methods(Methods& methods, const RouterView& view) {
    methods["ip.route.show"] = [&view](const Json& params) { return routes(view, params); };
    methods["ip.neigh.show"] = [&view](const Json& params) { return neighbors(view, params); };
    methods["ip.addr.show"] = [&view](const Json& params) { return links(view, params, true); };
    methods["ip.link.show"] = [&view](const Json& params) { return links(view, params, false); };
}

}  // namespace sluice::ctrlplane::control
