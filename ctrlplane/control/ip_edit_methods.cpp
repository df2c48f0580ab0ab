// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "ctrlplane/control/methods.h"
#include "ctrlplane/control/params.h"

/// `ip addr|route|neigh add|change|replace|delete`: each is one change, made as a reload is. Messages are those of Linux
/// and iproute2.
namespace sluice::ctrlplane::control {

namespace {

using config::ConfigEdit;
using config::Edit;
using config::RouteEdit;
using config::RouteKind;

tl::expected<Edit, Refusal> edit_named(const std::string& word) {
    if (word == "add") {
        return Edit::add;
    }
    if (word == "change") {
        return Edit::change;
    }
    if (word == "replace") {
        return Edit::replace;
    }
    if (word == "delete") {
        return Edit::remove;
    }
    return refusal(fmt::format("edit '{}' is none of add, change, replace and delete", word), ErrorCode::invalid_params);
}

tl::expected<base::InterfaceId, Refusal> interface_named(const RouterView& view, const std::string& name) {
    for (const InterfaceView& one : view.interfaces()) {
        if (one.interface.name == name) {
            return one.interface.id;
        }
    }
    return refusal(fmt::format("Cannot find device \"{}\"", name));
}

MethodResult done(const tl::expected<void, std::string>& result, bool json) {
    if (!result) {
        return refusal(result.error());
    }
    return json ? Json{{"data", Json::object()}} : Json{{"text", ""}};
}

MethodResult change_address(const RouterView& view, const Json& given) {
    Params params(given);
    const auto edit = edit_named(params.text("edit").value_or(""));
    const std::string text = params.text("address").value_or("");
    const std::string dev = params.text("dev").value_or("");
    const bool json = params.flag("json");
    if (auto fault = params.fault()) {
        return *fault;
    }
    if (!edit) {
        return tl::unexpected(edit.error());
    }
    const auto address = net::parse_ipv4_prefix(text);
    if (!address) {
        return refusal(fmt::format("Error: any valid prefix is expected rather than \"{}\".", text));
    }
    const auto interface = interface_named(view, dev);
    if (!interface) {
        return tl::unexpected(interface.error());
    }
    return done(view.change_config([&](ConfigEdit& config) { return config.address(*edit, *interface, *address); }), json);
}

std::optional<RouteKind> kind_named(const std::string& word) {
    if (word == "unicast") {
        return RouteKind::unicast;
    }
    if (word == "blackhole") {
        return RouteKind::blackhole;
    }
    if (word == "unreachable") {
        return RouteKind::unreachable;
    }
    return word == "prohibit" ? std::optional(RouteKind::prohibit) : std::nullopt;
}

/// `via ADDRESS dev NAME`, either of them.
tl::expected<config::CheckedNextHop, Refusal> hop_of(const RouterView& view, const std::string& text) {
    config::CheckedNextHop hop;
    std::size_t begin = 0;
    std::string key;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find(' ', begin), text.size());
        const std::string word = text.substr(begin, end - begin);
        begin = end + 1;
        if (key.empty()) {
            key = word;
            continue;
        }
        if (key == "via") {
            hop.via = net::parse_ipv4(word);
            if (!hop.via) {
                return refusal(fmt::format("Error: inet address is expected rather than \"{}\".", word));
            }
        } else if (key == "dev") {
            const auto interface = interface_named(view, word);
            if (!interface) {
                return tl::unexpected(interface.error());
            }
            hop.interface = *interface;
        } else {
            return refusal(fmt::format("a next hop is `via ADDRESS dev NAME`, not '{}'", text), ErrorCode::invalid_params);
        }
        key.clear();
    }
    return hop;
}

tl::expected<RouteEdit, Refusal> route_of(const RouterView& view, const std::string& type, const std::string& to,
                                          const std::vector<std::string>& hops) {
    RouteEdit route;
    route.kind = kind_named(type);
    if (!route.kind && !type.empty()) {
        return refusal(fmt::format("routes of type '{}' are not built yet", type));
    }
    const auto prefix = to == "default" ? net::parse_ipv4_prefix("0.0.0.0/0") : net::parse_ipv4_prefix(to);
    if (!prefix) {
        return refusal(fmt::format("Error: any valid prefix is expected rather than \"{}\".", to));
    }
    if (prefix->address != prefix->network()) {
        return refusal("Error: Invalid prefix for given prefix length.");
    }
    route.to = *prefix;
    for (const std::string& text : hops) {
        auto hop = hop_of(view, text);
        if (!hop) {
            return tl::unexpected(hop.error());
        }
        route.hops.push_back(*hop);
    }
    return route;
}

MethodResult change_route(const RouterView& view, const Json& given) {
    Params params(given);
    const auto edit = edit_named(params.text("edit").value_or(""));
    const std::string type = params.text("type").value_or("");
    const std::string to = params.text("to").value_or("");
    const std::vector<std::string> hops = params.texts("nexthops");
    const bool json = params.flag("json");
    if (auto fault = params.fault()) {
        return *fault;
    }
    if (!edit) {
        return tl::unexpected(edit.error());
    }
    auto route = route_of(view, type, to, hops);
    if (!route) {
        return tl::unexpected(route.error());
    }
    return done(view.change_config([&](ConfigEdit& config) { return config.route(*edit, *route); }), json);
}

MethodResult change_neighbor(const RouterView& view, const Json& given) {
    Params params(given);
    const auto edit = edit_named(params.text("edit").value_or(""));
    const std::string to = params.text("address").value_or("");
    const auto lladdr = params.text("lladdr");
    const std::string dev = params.text("dev").value_or("");
    const bool json = params.flag("json");
    if (auto fault = params.fault()) {
        return *fault;
    }
    if (!edit) {
        return tl::unexpected(edit.error());
    }
    const auto address = net::parse_ipv4(to);
    if (!address) {
        return refusal(fmt::format("Error: inet address is expected rather than \"{}\".", to));
    }
    const auto mac = lladdr ? net::parse_mac(*lladdr) : std::nullopt;
    if (lladdr && (!mac || mac->is_group())) {
        return refusal(fmt::format("\"{}\" is invalid lladdr.", *lladdr));
    }
    const auto interface = interface_named(view, dev);
    if (!interface) {
        return tl::unexpected(interface.error());
    }
    const auto all = view.neighbors();
    const bool is_known = std::any_of(all.begin(), all.end(), [&](const NeighborView<net::Ipv4>& one) {
        return one.interface == *interface && one.address == *address;
    });
    if (*edit == Edit::add && is_known && mac) {
        return refusal("RTNETLINK answers: File exists");
    }
    if (*edit == Edit::remove && is_known && view.forget_neighbor(*interface, *address)) {
        return done({}, json);  // one that was learnt
    }
    const Edit how = *edit == Edit::change && is_known ? Edit::replace : *edit;
    return done(view.change_config([&](ConfigEdit& config) { return config.neighbor(how, *interface, *address, mac); }), json);
}

}  // namespace

void add_ip_edit_methods(Methods& methods, const RouterView& view) {
    methods["ip.addr.change"] = [&view](const Json& params) { return change_address(view, params); };
    methods["ip.route.change"] = [&view](const Json& params) { return change_route(view, params); };
    methods["ip.neigh.change"] = [&view](const Json& params) { return change_neighbor(view, params); };
}

}  // namespace sluice::ctrlplane::control
