// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/route/fib.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace sluice::route {
namespace {

using net::Ipv4;
using net::Ipv4Address;
using net::Ipv4Prefix;

Ipv4Address ip(const char* text) {
    return *net::parse_ipv4(text);
}

Route<Ipv4> route_to(const char* prefix, RouteType type, std::uint16_t interface = 0) {
    const Ipv4Prefix to = *net::parse_ipv4_prefix(prefix);
    Route<Ipv4> route{to.network(), to.length, type, {}};
    if (type == RouteType::unicast) {
        route.hops.push_back({base::InterfaceId{interface}, true, {}, {}, 1});
    }
    return route;
}

std::unique_ptr<const Fib<Ipv4>> fib_of(std::vector<Route<Ipv4>> routes, std::uint64_t seed = 1) {
    auto fib = Fib<Ipv4>::create(std::move(routes), seed);
    EXPECT_TRUE(fib.has_value()) << (fib ? "" : fib.error().message);
    return std::move(*fib);
}

// FWD-4
TEST(Fib, longest_prefix_wins_whatever_the_order) {
    const auto fib =
        fib_of({route_to("10.1.2.3/32", RouteType::local), route_to("0.0.0.0/0", RouteType::unicast),
                route_to("10.1.2.0/25", RouteType::prohibit), route_to("10.0.0.0/8", RouteType::blackhole),
                route_to("10.1.0.0/16", RouteType::unreachable)});
    EXPECT_EQ(fib->look_up(ip("10.1.2.3")).type, RouteType::local);
    EXPECT_EQ(fib->look_up(ip("10.1.2.4")).type, RouteType::prohibit);
    EXPECT_EQ(fib->look_up(ip("10.1.2.129")).type, RouteType::unreachable);
    EXPECT_EQ(fib->look_up(ip("10.2.0.1")).type, RouteType::blackhole);
    EXPECT_EQ(fib->look_up(ip("192.0.2.1")).type, RouteType::unicast);
}

TEST(Fib, without_a_route_the_type_is_none) {
    const auto fib = fib_of({});
    EXPECT_EQ(fib->look_up(ip("192.0.2.1")).type, RouteType::none);
    EXPECT_EQ(fib->routes().size(), 1U);
}

TEST(Fib, of_two_routes_with_one_prefix_the_later_wins) {
    const auto fib =
        fib_of({route_to("10.0.0.0/24", RouteType::blackhole), route_to("10.0.0.0/24", RouteType::prohibit),
                route_to("10.0.0.9/32", RouteType::blackhole), route_to("10.0.0.9/32", RouteType::local)});
    EXPECT_EQ(fib->look_up(ip("10.0.0.1")).type, RouteType::prohibit);
    EXPECT_EQ(fib->look_up(ip("10.0.0.9")).type, RouteType::local);
}

TEST(Fib, looks_a_burst_up_as_one_by_one_does) {
    std::mt19937 random(7);
    std::vector<Route<Ipv4>> routes;
    std::map<std::pair<unsigned, std::uint32_t>, std::uint16_t> slow;  // (length, network) -> interface
    for (std::uint16_t i = 0; i < 2000; ++i) {
        const auto length = static_cast<std::uint8_t>(random() % 25 + 8);
        const std::uint32_t network = (0x0a000000U | (random() & 0xffffffU)) & net::ipv4_mask(length);
        Route<Ipv4> route{Ipv4Address::from_host(network), length, RouteType::unicast, {}};
        route.hops.push_back({base::InterfaceId{i}, true, {}, {}, 1});
        routes.push_back(route);
        slow[{length, network}] = i;
    }
    const auto fib = fib_of(routes);
    for (int round = 0; round < 200; ++round) {
        std::vector<Ipv4Address> addresses;
        for (std::size_t i = 0; i < Fib<Ipv4>::kMaxBulk; ++i) {
            addresses.push_back(Ipv4Address::from_host(0x0a000000U | (random() & 0xffffffU)));
        }
        std::vector<const Route<Ipv4>*> found(addresses.size());
        fib->look_up(addresses, found);
        for (std::size_t i = 0; i < addresses.size(); ++i) {
            ASSERT_EQ(found[i], &fib->look_up(addresses[i]));
            int expected = -1;
            for (unsigned length = 8; length <= 32; ++length) {
                const auto at = slow.find({length, addresses[i].host() & net::ipv4_mask(length)});
                expected = at == slow.end() ? expected : at->second;
            }
            const int got =
                found[i]->hops.empty() ? -1 : static_cast<int>(base::index_of(found[i]->hops[0].interface));
            ASSERT_EQ(got, expected) << net::to_string(addresses[i]);
        }
    }
}

TEST(Fib, holds_more_routes_than_two_bytes_can_number) {
    std::vector<Route<Ipv4>> routes;
    for (std::uint32_t i = 0; i < 70'000; ++i) {
        routes.push_back({Ipv4Address::from_host(0x0b000000U + (i << 8U)), 24, RouteType::blackhole, {}});
    }
    routes.back().type = RouteType::prohibit;
    const Ipv4Address last = routes.back().network;
    const auto fib = fib_of(std::move(routes));
    EXPECT_EQ(fib->look_up(last).type, RouteType::prohibit);
}

Route<Ipv4> group_of(std::initializer_list<std::uint16_t> weights) {
    Route<Ipv4> route{Ipv4Address{}, 0, RouteType::unicast, {}};
    std::uint16_t interface = 0;
    for (const std::uint16_t weight : weights) {
        route.hops.push_back({base::InterfaceId{interface++}, false, ip("10.0.0.1"), {}, weight});
    }
    return route;
}

TEST(Fib, ecmp_spreads_flows_by_weight) {
    const auto fib = fib_of({group_of({1, 3})}, 42);
    const Route<Ipv4>& route = fib->look_up(ip("192.0.2.1"));
    int second = 0;
    for (std::uint32_t i = 0; i < 10'000; ++i) {
        const auto& hop = fib->hop_for(route, Ipv4Address::from_host(0x0a000000U + i), ip("192.0.2.1"));
        second += static_cast<int>(base::index_of(hop.interface));
    }
    EXPECT_NEAR(second, 7500, 250);
}

TEST(Fib, ecmp_keeps_a_flow_on_its_hop_in_both_directions) {
    const auto fib = fib_of({group_of({1, 1, 1})}, 42);
    const Route<Ipv4>& route = fib->look_up(ip("192.0.2.1"));
    for (std::uint32_t i = 0; i < 1000; ++i) {
        const Ipv4Address client = Ipv4Address::from_host(0x0a000000U + i * 77);
        const auto& there = fib->hop_for(route, client, ip("192.0.2.1"));
        EXPECT_EQ(&there, &fib->hop_for(route, client, ip("192.0.2.1")));
        EXPECT_EQ(&there, &fib->hop_for(route, ip("192.0.2.1"), client));
    }
}

}  // namespace
}  // namespace sluice::route
