// SPDX-License-Identifier: BSD-3-Clause
#include "fake_router.h"

#include "acl/text/save_file.h"

namespace sluice::ctrlplane::control::test {

namespace {

using net::Ipv4;

constexpr std::string_view kRules = R"(*filter
:INPUT ACCEPT [7:700]
:FORWARD DROP [1:60]
:OUTPUT ACCEPT [0:0]
:proxy - [0:0]
[5:500] -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
[3:123456789] -A FORWARD -i lan -j proxy
[0:0] -A proxy -j ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
[2:120] -A POSTROUTING -o wan -j MASQUERADE
COMMIT
)";

base::InterfaceId id(std::uint16_t number) {
    return base::InterfaceId(number);
}
net::Ipv4Address address(const char* text) {
    return net::parse_ipv4(text).value();
}

InterfaceView interface(std::uint16_t number, const std::string& name, std::vector<std::string> addresses) {
    InterfaceView view;
    view.interface.id = id(number);
    view.interface.name = name;
    view.interface.mac = net::parse_mac("02:00:00:00:00:01").value();
    for (const std::string& one : addresses) {
        view.interface.addresses.push_back(net::parse_ipv4_prefix(one).value());
    }
    view.device = "net_null" + std::to_string(number);
    view.driver = "net_null";
    view.status = {.link_up = true, .speed_mbps = 10'000};
    view.counters.missed = 4;
    return view;
}

route::Route<Ipv4> route_to(const char* prefix, route::RouteType type) {
    const net::Ipv4Prefix parsed = net::parse_ipv4_prefix(prefix).value();
    route::Route<Ipv4> route;
    route.network = parsed.address;
    route.length = parsed.length;
    route.type = type;
    return route;
}

route::Route<Ipv4> route_via(const char* prefix, std::vector<std::pair<std::uint16_t, const char*>> hops) {
    route::Route<Ipv4> route = route_to(prefix, route::RouteType::unicast);
    for (const auto& [interface, gateway] : hops) {
        route.hops.push_back({.interface = id(interface), .is_on_link = false, .gateway = address(gateway)});
    }
    return route;
}

route::Route<Ipv4> route_on_link(const char* prefix, std::uint16_t interface, const char* source) {
    route::Route<Ipv4> route = route_to(prefix, route::RouteType::unicast);
    route.hops.push_back({.interface = id(interface), .preferred_source = address(source)});
    return route;
}

}  // namespace

FakeRouter::FakeRouter() {
    base::Random random{1};
    connections = conntrack::Table<Ipv4>::create_table({.max = 20'000, .workers = 1}, random).value();
    connections->watch_events(event_rings.watch());
    interfaces = {interface(0, "lan", {"10.0.0.1/24", "10.0.0.77/24"}),
                  interface(1, "wan", {"203.0.113.2/24"}), interface(2, "dmz.5", {"10.5.5.1/32"})};
    interfaces[1].status.link_up = false;
    interfaces[2].parent = "lan";
    interfaces[2].interface.vlan = 5;
    using enum route::RouteType;
    routes = {route_to("0.0.0.0/0", none),  // as Fib::routes() begins
              route_to("10.0.0.1/32", local),
              route_to("10.0.0.255/32", broadcast),
              route_to("10.68.0.0/16", prohibit),
              route_to("10.66.0.0/16", blackhole),
              route_to("10.67.0.0/16", unreachable),
              route_via("10.1.0.0/16", {{0, "10.0.0.9"}}),
              route_via("10.5.0.0/16", {{0, "10.0.0.2"}, {1, "203.0.113.3"}}),
              route_via("10.0.0.0/8", {{1, "203.0.113.9"}}),
              route_via("0.0.0.0/0", {{1, "203.0.113.1"}}),
              route_on_link("203.0.113.0/24", 1, "203.0.113.2"),
              route_on_link("10.9.0.0/16", 1, "203.0.113.2"),
              route_on_link("10.2.3.4/32", 1, "203.0.113.2"),
              route_on_link("10.0.0.0/24", 0, "10.0.0.1")};
    neighbors = {{id(0), address("10.0.0.9"), net::parse_mac("02:00:00:00:00:09"), NeighborState::permanent},
                 {id(1), address("203.0.113.1"), std::nullopt, NeighborState::incomplete}};
    ruleset = acl::text::parse_save_file<Ipv4>(kRules, "rules.v4").value();
}

RouterView FakeRouter::view() {
    RouterView view;
    view.version = "1.2.3";
    view.config_file = "/etc/sluice/test.toml";
    view.tsc_hz = 1'000'000'000;
    view.connections = connections.get();
    view.now_ns = [this] { return now_ns; };
    view.utc_ns = [this] { return utc_ns; };
    view.has_time_stamps = [this] { return has_time_stamps; };
    view.events = &events;
    view.workers = [this] { return std::vector<WorkerView>{{1, &stats}}; };
    view.interfaces = [this] { return interfaces; };
    view.routes = [this] { return std::span<const route::Route<Ipv4>>(routes); };
    view.neighbors = [this] { return neighbors; };
    view.ruleset = [this]() -> const acl::Ruleset<Ipv4>& { return ruleset; };
    view.counts = [this] { return acl::text::initial_counts(ruleset); };
    view.draft = [this] {
        ++drafts;
        return ruleset;
    };
    view.change_rules = [this](acl::Ruleset<Ipv4> edited) -> tl::expected<void, base::Diagnostics> {
        if (!change_fault.empty()) {
            base::Diagnostics faults(1);
            faults.front().message = change_fault;
            return tl::unexpected(std::move(faults));
        }
        ruleset = std::move(edited);
        ++changes;
        return {};
    };
    constexpr std::uint64_t kMillisecond_ns = 1'000'000;
    view.change_sets = [this](std::span<const acl::sets::Word> words) {
        return sets.run(words, now_ns / kMillisecond_ns);
    };
    view.restore_sets = [this](std::string_view text, const std::string& file, bool exist) {
        return sets.restore(text, file, exist, now_ns / kMillisecond_ns);
    };
    view.keyed = &keyed;
    view.traced = &traced;
    view.rules_file = [this] { return rules_file; };
    view.paths = [] { return PathFigures{.recorded = 17, .unrecorded = 0}; };
    view.packet_memory = [] { return PacketMemory{.in_use = 12, .total = 4096}; };
    view.reload = [this]() -> tl::expected<std::string, std::string> {
        ++reloads;
        if (!reload_fault.empty()) {
            return tl::unexpected(reload_fault);
        }
        return "test.toml reloaded";
    };
    return view;
}

void FakeRouter::add_connection(std::uint16_t port, bool answered) {
    const base::Ticks now = base::ticks_from_ns(now_ns);
    net::Tuple<Ipv4> tuple{};
    tuple.source = address("10.0.0.5");
    tuple.destination = address("8.8.8.8");
    tuple.source_port = base::Be16::from_host(port);
    tuple.destination_port = base::Be16::from_host(53);
    tuple.protocol = net::kProtocolUdp;
    const auto made = connections->create(base::WorkerId{0}, tuple, now);
    made.connection->shared.timeout.store(30 * base::kTicksPerSecond);
    if (connections->reports(2)) {
        made.connection->set(conntrack::status::kReported);
    }
    if (answered) {
        made.connection->set(conntrack::status::kSeenReply);
    }
    if (!connections->confirm(base::WorkerId{0}, *made.connection, now)) {
        std::abort();
    }
    connections->tell(base::WorkerId{0}, *made.connection, now);
}

}  // namespace sluice::ctrlplane::control::test
