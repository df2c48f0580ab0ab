// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/explain/explain.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "acl/literal/walk.h"
#include "acl/text/names.h"
#include "acl/text/registry.h"
#include "conntrack/account.h"
#include "ctrlplane/wall_time.h"
#include "dataplane/net/headers.h"
#include "dataplane/route/way_back.h"

namespace sluice::ctrlplane::explain {

namespace {

using F = net::Ipv4;
using acl::Hook;
using acl::TableId;
using Route = route::Route<F>;

constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kTcp = 6;
constexpr std::size_t kIpHeader = 20;

bool has_ports(std::uint8_t protocol) {
    return protocol == kTcp || protocol == 17 || protocol == 33 || protocol == 132 || protocol == 136;
}

/// The tables of a hook in netfilter's order.
std::vector<TableId> tables_at(Hook hook) {
    using enum TableId;
    switch (hook) {
        case Hook::prerouting: return {raw, mangle, nat};
        case Hook::input: return {mangle, filter, security, nat};
        case Hook::forward: return {mangle, filter, security};
        case Hook::output: return {raw, mangle, nat, filter, security};
        case Hook::postrouting: return {mangle, nat};
    }
    return {};
}

/// The route with the longest prefix; of two alike the later.
const Route* route_to(std::span<const Route> routes, net::Ipv4Address destination) {
    const Route* best = nullptr;
    for (const Route& route : routes) {
        const std::uint32_t mask = route.length == 0 ? 0 : ~std::uint32_t{0} << (32U - route.length);
        const bool fits = (destination.host() & mask) == (route.network.host() & mask);
        if (fits && route.type != route::RouteType::none && (best == nullptr || route.length >= best->length)) {
            best = &route;
        }
    }
    return best;
}

acl::AddressType type_of(const void* router, const net::Ipv4Address& address, base::InterfaceId device) noexcept {
    const auto& routes = *static_cast<const std::span<const Route>*>(router);
    const Route* route = route_to(routes, address);
    if (route == nullptr || (route->type != route::RouteType::local && route->type != route::RouteType::broadcast)) {
        return acl::AddressType::unicast;
    }
    const bool is_elsewhere = device != base::kNoInterface &&
                              std::none_of(route->hops.begin(), route->hops.end(),
                                           [&](const auto& hop) { return hop.interface == device; });
    if (is_elsewhere) {
        return acl::AddressType::unicast;
    }
    return route->type == route::RouteType::local ? acl::AddressType::local : acl::AddressType::broadcast;
}

acl::WayBack way_back(const void* router, const net::Ipv4Address& source, base::InterfaceId in) noexcept {
    const Route* route = route_to(*static_cast<const std::span<const Route>*>(router), source);
    return route == nullptr ? acl::WayBack::none : route::way_back_by(*route, in);
}

/// What of a made-up packet's L4 header is written.
std::uint32_t l4_header_bytes(std::uint8_t protocol) {
    switch (protocol) {
        case kTcp:
            return 20;
        case net::kProtocolSctp:
        case net::kProtocolDccp:
            return 16;
        default:
            return 8;
    }
}

/// One packet on its way.
class Journey {
public:
    Journey(const Router& router, const MadeUpPacket& packet) : router_(router), made_(packet) {
        for (const pipeline::Interface& interface : router.interfaces) {
            names_.push_back(interface.name);
        }
    }

    base::Result<Explanation> run();

private:
    template <class... Args>
    void say(fmt::format_string<Args...> format, Args&&... args) {
        said_.lines.push_back(fmt::format(format, std::forward<Args>(args)...));
    }
    void end(std::string verdict) {
        said_.lines.push_back(fmt::format("verdict   {}", verdict));
        said_.verdict = std::move(verdict);
    }
    base::Result<void> begin();
    void write_headers();
    std::string flow() const;
    /// Runs the tables of a hook; true: the packet goes on.
    bool pass(Hook hook);
    bool pass(Hook hook, TableId table);
    void translate(const acl::NatTarget& target, Hook hook);
    /// Where the packet goes; nothing where it goes nowhere.
    enum class Where : std::uint8_t { nowhere, here, on };
    Where find_route();
    const std::string& name(base::InterfaceId id) const { return names_[base::index_of(id)]; }

    const Router& router_;
    const MadeUpPacket& made_;
    std::vector<std::string> names_;
    acl::PacketView<F> view_;
    conntrack::Account account_;  ///< of a connection that the packet begins
    std::array<std::byte, kIpHeader + 20> bytes_{};
    Explanation said_;
};

base::Result<Explanation> Journey::run() {
    if (auto begun = begin(); !begun) {
        return tl::unexpected(begun.error());
    }
    const bool is_own = view_.in == base::kNoInterface;
    if (is_own) {
        // The way out is known before OUTPUT, as in Linux.
        if (find_route() == Where::nowhere || !pass(Hook::output)) {
            return std::move(said_);
        }
    } else if (!pass(Hook::prerouting)) {
        return std::move(said_);
    }
    const Where where = find_route();
    if (where == Where::nowhere) {
        return std::move(said_);
    }
    if (where == Where::here && !is_own) {
        view_.out = base::kNoInterface;
        if (pass(Hook::input)) {
            end(fmt::format("delivered to the router itself as {}", flow()));
        }
        return std::move(said_);
    }
    if (!is_own) {
        if (view_.ttl <= 1) {
            end("dropped: the TTL is used up; answered with icmp time-exceeded");
            return std::move(said_);
        }
        --view_.ttl;
        write_headers();
        if (!pass(Hook::forward)) {
            return std::move(said_);
        }
    }
    const base::InterfaceId in = std::exchange(view_.in, base::kNoInterface);
    const bool goes_on = pass(Hook::postrouting);
    view_.in = in;
    if (goes_on) {
        end(fmt::format("leaves by {} as {}", name(view_.out), flow()));
    }
    return std::move(said_);
}

base::Result<void> Journey::begin() {
    if (!made_.in.empty()) {
        const auto found = std::find(names_.begin(), names_.end(), made_.in);
        if (found == names_.end()) {
            return base::failure(fmt::format("there is no interface '{}'", made_.in));
        }
        view_.in = router_.interfaces[static_cast<std::size_t>(found - names_.begin())].id;
    }
    view_.source = made_.source;
    view_.destination = made_.destination;
    view_.protocol = made_.protocol;
    if (has_ports(made_.protocol)) {
        view_.source_port = net::Be16::from_host(made_.source_port);
        view_.destination_port = net::Be16::from_host(made_.destination_port);
    }
    if (made_.protocol == kIcmp) {
        view_.icmp_type = made_.icmp_type;
        view_.icmp_code = made_.icmp_code;
    }
    view_.has_l4 = true;
    view_.state = made_.state;
    view_.mark = made_.mark;
    view_.tos = made_.tos;
    view_.ttl = made_.ttl;
    view_.address_types = {&router_.routes, &type_of};
    view_.reverse_path = {&router_.routes, &way_back};
    const WallTime wall = read_wall_time();
    view_.utc_ns = wall.utc_ns;
    view_.minutes_west = wall.minutes_west;
    const std::size_t headers = kIpHeader + l4_header_bytes(made_.protocol);
    view_.bytes = std::max<std::uint32_t>(made_.length, static_cast<std::uint32_t>(headers));
    if (made_.state == conntrack::CtState::new_) {
        account_[conntrack::Way::original].add(view_.bytes);
        view_.account = &account_;
    }
    view_.packet = std::span(bytes_).first(headers);
    write_headers();
    say("packet    {}, {}", flow(), made_.in.empty() ? "of the router itself" : "came in by " + made_.in);
    return {};
}

/// The bytes that matches on headers read, as the view stands now.
void Journey::write_headers() {
    const auto put = [this](std::size_t at, std::uint32_t value, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) {
            bytes_[at + i] = static_cast<std::byte>(value >> (8 * (size - 1 - i)) & 0xffU);
        }
    };
    put(0, 0x45, 1);
    put(1, view_.tos, 1);
    put(2, view_.bytes, 2);
    put(8, view_.ttl, 1);
    put(9, view_.protocol, 1);
    put(12, view_.source.host(), 4);
    put(16, view_.destination.host(), 4);
    if (has_ports(view_.protocol)) {
        put(kIpHeader, view_.source_port.host(), 2);
        put(kIpHeader + 2, view_.destination_port.host(), 2);
    }
    if (view_.protocol == kIcmp) {
        put(kIpHeader, view_.icmp_type, 1);
        put(kIpHeader + 1, view_.icmp_code, 1);
    }
    if (view_.protocol == net::kProtocolSctp) {
        put(kIpHeader + 12, 0x00030004, 4);  // a chunk of data, whole
    }
    if (view_.protocol == net::kProtocolDccp) {
        put(kIpHeader + 4, l4_header_bytes(view_.protocol) / 4, 1);  // a request
    }
    if (view_.protocol == kTcp) {
        constexpr std::uint32_t kSyn = 0x02;
        constexpr std::uint32_t kAck = 0x10;
        put(kIpHeader + 12, 0x50, 1);
        put(kIpHeader + 13, view_.state == conntrack::CtState::new_ ? kSyn : kAck, 1);
    }
}

std::string Journey::flow() const {
    const std::string protocol = acl::text::protocol_name(view_.protocol)
                                     .value_or(fmt::format("protocol {}", view_.protocol));
    const std::string source = net::to_string(view_.source);
    const std::string destination = net::to_string(view_.destination);
    if (has_ports(view_.protocol)) {
        return fmt::format("{} {}:{} > {}:{}", protocol, source, view_.source_port.host(), destination,
                           view_.destination_port.host());
    }
    if (view_.protocol == kIcmp) {
        return fmt::format("icmp {} > {} type {} code {}", source, destination, view_.icmp_type, view_.icmp_code);
    }
    return fmt::format("{} {} > {}", protocol, source, destination);
}

bool Journey::pass(Hook hook) {
    const std::vector<TableId> tables = tables_at(hook);
    return std::all_of(tables.begin(), tables.end(), [&](TableId table) {
        // Only the first packet of a connection comes to nat; the others wear what it was given.
        return (table == TableId::nat && view_.state != conntrack::CtState::new_) || pass(hook, table);
    });
}

bool Journey::pass(Hook hook, TableId table) {
    const conntrack::CtState state = view_.state;
    const acl::literal::Way way = acl::literal::walk(router_.rules, table, hook, {names_, router_.sets}, view_, bytes_);
    if (table == TableId::raw && !view_.is_untracked) {
        view_.connection = nullptr;  // what CT puts in its place stands for the rest of raw only
        view_.state = state;
    }
    if (way.steps.empty()) {
        return true;
    }
    say("{} {}", acl::kTableNames[static_cast<std::size_t>(table)], acl::kHookNames[static_cast<std::size_t>(hook)]);
    for (const acl::literal::Step& step : way.steps) {
        const std::string said = step.said.empty() ? "" : fmt::format(": {}", step.said);
        say("{:{}}{:>5}  {}  {}{}", "", 2 * step.depth, step.number == 0 ? "" : fmt::format("{}", step.number),
            step.holds ? "yes" : "no ", step.rule, step.holds ? said : fmt::format("  ({})", step.said));
    }
    const acl::literal::Step& last = way.steps.back();
    const std::string by = fmt::format("in table {} by '{}'", acl::kTableNames[static_cast<std::size_t>(table)], last.rule);
    switch (way.end) {
        case acl::literal::End::accept:
            return true;
        case acl::literal::End::nat:
            translate(*way.nat, hook);
            return true;
        case acl::literal::End::drop:
            end(fmt::format("dropped {}", by));
            return false;
        case acl::literal::End::reject:
            end(fmt::format("rejected {}", by));
            return false;
    }
    return true;
}

/// The first of what a range offers; a port stays where there is a choice, or keeps its distance from a base port.
void Journey::translate(const acl::NatTarget& target, Hook hook) {
    using Kind = acl::NatTarget::Kind;
    const bool is_source = hook == Hook::postrouting || hook == Hook::input;
    net::Ipv4Address& address = is_source ? view_.source : view_.destination;
    net::Be16& port = is_source ? view_.source_port : view_.destination_port;
    if (target.kind == Kind::netmap) {
        address = acl::mapped(target, address);
    } else if (target.has_addresses) {
        address = target.min_address;
    } else if (target.kind == Kind::masquerade || target.kind == Kind::redirect) {
        const base::InterfaceId id = is_source ? view_.out : view_.in;
        const auto& own = id == base::kNoInterface ? std::vector<net::Ipv4Prefix>{}
                                                   : router_.interfaces[base::index_of(id)].addresses;
        if (!own.empty()) {
            address = own.front().address;
        } else if (target.kind == Kind::redirect) {
            address = net::parse_ipv4("127.0.0.1").value_or(address);
        }
    }
    const bool has_choice = target.kind != Kind::netmap && target.has_addresses && target.min_address != target.max_address;
    if (target.has_ports && has_ports(view_.protocol)) {
        const std::uint16_t now = port.host();
        if (target.has_base) {
            const unsigned ports = 1U + target.max_port.host() - target.min_port.host();
            const auto offset = static_cast<std::uint16_t>(now - target.base_port.host());
            port = net::Be16::from_host(static_cast<std::uint16_t>(target.min_port.host() + offset % ports));
        } else if (now < target.min_port.host() || now > target.max_port.host()) {
            port = target.min_port;
        }
    }
    (is_source ? view_.snat : view_.dnat) = true;
    write_headers();
    say("nat       {} becomes {}{}{}", is_source ? "source" : "destination", net::to_string(address),
        has_ports(view_.protocol) ? fmt::format(":{}", port.host()) : "",
        has_choice ? fmt::format(", or another of {}-{}", net::to_string(target.min_address),
                                 net::to_string(target.max_address))
                   : "");
}

Journey::Where Journey::find_route() {
    const Route* route = route_to(router_.routes, view_.destination);
    const auto prefix = [&] { return fmt::format("{}/{}", net::to_string(route->network), route->length); };
    if (route == nullptr) {
        say("route     none to {}", net::to_string(view_.destination));
        end("dropped: no route; answered with icmp net-unreachable");
        return Where::nowhere;
    }
    switch (route->type) {
        case route::RouteType::local:
        case route::RouteType::broadcast:
            say("route     {}: {}", prefix(), route->type == route::RouteType::local ? "local" : "broadcast");
            return Where::here;
        case route::RouteType::unicast: {
            const auto& hop = route->hops.front();
            view_.out = hop.interface;
            say("route     {}: {}dev {}{}", prefix(),
                hop.is_on_link ? "" : fmt::format("via {} ", net::to_string(hop.gateway)), name(hop.interface),
                route->hops.size() > 1 ? fmt::format(", one of {} hops", route->hops.size()) : "");
            return Where::on;
        }
        case route::RouteType::blackhole:
            end(fmt::format("dropped by the route {}: blackhole", prefix()));
            return Where::nowhere;
        default:
            end(fmt::format("refused by the route {}", prefix()));
            return Where::nowhere;
    }
}

}  // namespace

base::Result<Explanation> explain(const Router& router, const MadeUpPacket& packet) {
    return Journey(router, packet).run();
}

}  // namespace sluice::ctrlplane::explain
