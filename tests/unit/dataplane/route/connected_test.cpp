// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/route/connected.h"

#include <gtest/gtest.h>

namespace sluice::route {
namespace {

using net::Ipv4;
using net::Ipv4Address;
constexpr base::InterfaceId kLan{0};
constexpr base::InterfaceId kWan{1};
constexpr base::InterfaceId kBare{2};

Ipv4Address ip(const char* text) {
    return *net::parse_ipv4(text);
}
net::Ipv4Prefix prefix(const char* text) {
    return *net::parse_ipv4_prefix(text);
}

std::vector<LinkAddresses> office() {
    return {{kLan, {prefix("10.0.0.2/24"), prefix("10.0.0.3/24")}},
            {kWan, {prefix("203.0.113.2/30")}},
            {kBare, {}}};
}

const Route<Ipv4>* find(const std::vector<Route<Ipv4>>& list, const char* text) {
    const Route<Ipv4>* found = nullptr;  // the last wins
    for (const Route<Ipv4>& route : list) {
        if (route.network == prefix(text).address && route.length == prefix(text).length) {
            found = &route;
        }
    }
    return found;
}

std::string failure_of(const std::vector<StaticRoute>& routes) {
    const auto list = route_list(office(), routes);
    return list ? "" : list.error().message;
}

TEST(Connected, an_address_gives_a_network_a_broadcast_and_itself) {
    const auto list = route_list(office(), {});
    ASSERT_TRUE(list);
    EXPECT_EQ(list->size(), 2U + 2U + 3U);
    EXPECT_EQ(find(*list, "10.0.0.2/32")->type, RouteType::local);
    EXPECT_EQ(find(*list, "10.0.0.3/32")->type, RouteType::local);
    EXPECT_EQ(find(*list, "10.0.0.255/32")->type, RouteType::broadcast);
    EXPECT_EQ(find(*list, "203.0.113.3/32")->type, RouteType::broadcast);
    EXPECT_EQ(find(*list, "10.0.0.0/32"), nullptr);  // a host like others since Linux 5.14
    const Route<Ipv4>& network = *find(*list, "10.0.0.0/24");
    EXPECT_EQ(network.type, RouteType::unicast);
    EXPECT_EQ(network.hops, (std::vector<NextHop<Ipv4>>{{kLan, true, {}, ip("10.0.0.2"), 1}}));
}

TEST(Connected, point_to_point_prefixes_have_no_broadcast) {
    const std::vector<LinkAddresses> links = {{kLan, {prefix("10.9.0.0/31")}},
                                              {kWan, {prefix("10.8.0.1/32")}}};
    const auto list = route_list(links, {});
    ASSERT_TRUE(list);
    EXPECT_EQ(list->size(), 3U);
    EXPECT_EQ(find(*list, "10.9.0.0/32")->type, RouteType::local);
    EXPECT_EQ(find(*list, "10.9.0.0/31")->type, RouteType::unicast);
    EXPECT_EQ(find(*list, "10.8.0.1/32")->type, RouteType::local);
}

TEST(Connected, a_gateway_finds_its_interface_and_source) {
    const auto list = route_list(
        office(),
        std::vector<StaticRoute>{
            {prefix("0.0.0.0/0"), RouteType::unicast, {{ip("203.0.113.1"), base::kNoInterface, 1}}}});
    ASSERT_TRUE(list);
    EXPECT_EQ(find(*list, "0.0.0.0/0")->hops,
              (std::vector<NextHop<Ipv4>>{{kWan, false, ip("203.0.113.1"), ip("203.0.113.2"), 1}}));
}

TEST(Connected, a_device_route_takes_the_first_address_of_the_device_or_of_another) {
    const auto list = route_list(
        office(), std::vector<StaticRoute>{
                      {prefix("192.0.2.7/24"), RouteType::unicast, {{std::nullopt, kLan, 1}}},
                      {prefix("198.51.100.0/24"), RouteType::unicast, {{std::nullopt, kBare, 1}}}});
    ASSERT_TRUE(list);
    EXPECT_EQ(find(*list, "192.0.2.0/24")->hops,
              (std::vector<NextHop<Ipv4>>{{kLan, true, {}, ip("10.0.0.2"), 1}}));
    EXPECT_EQ(find(*list, "198.51.100.0/24")->hops[0].preferred_source, ip("10.0.0.2"));
}

TEST(Connected, several_gateways_make_one_group) {
    const auto list =
        route_list(office(), std::vector<StaticRoute>{{prefix("0.0.0.0/0"),
                                                       RouteType::unicast,
                                                       {{ip("203.0.113.1"), base::kNoInterface, 1},
                                                        {ip("10.0.0.9"), base::kNoInterface, 2}}}});
    ASSERT_TRUE(list);
    EXPECT_EQ(find(*list, "0.0.0.0/0")->hops,
              (std::vector<NextHop<Ipv4>>{{kWan, false, ip("203.0.113.1"), ip("203.0.113.2"), 1},
                                          {kLan, false, ip("10.0.0.9"), ip("10.0.0.2"), 2}}));
}

TEST(Connected, what_is_local_wins_over_a_route_of_the_same_prefix) {
    const auto list =
        route_list(office(), std::vector<StaticRoute>{{prefix("10.0.0.2/32"), RouteType::blackhole, {}}});
    ASSERT_TRUE(list);
    EXPECT_EQ(find(*list, "10.0.0.2/32")->type, RouteType::local);
}

TEST(Connected, refuses_what_linux_refuses) {
    const auto by = [](const char* to, const char* gateway,
                       base::InterfaceId interface = base::kNoInterface) {
        return std::vector<StaticRoute>{{prefix(to), RouteType::unicast, {{ip(gateway), interface, 1}}}};
    };
    EXPECT_EQ(failure_of(by("1.0.0.0/8", "192.0.2.1")),
              "route to 1.0.0.0/8: the gateway 192.0.2.1 is on no connected network");
    EXPECT_EQ(failure_of(by("1.0.0.0/8", "10.0.0.9", kWan)),
              "route to 1.0.0.0/8: the gateway 10.0.0.9 is on no connected network");
    EXPECT_EQ(failure_of(by("1.0.0.0/8", "10.0.0.2")),
              "route to 1.0.0.0/8: the gateway 10.0.0.2 is this router itself");
    EXPECT_EQ(failure_of(by("10.0.0.0/24", "203.0.113.1")), "there are two routes to 10.0.0.0/24");
    EXPECT_EQ(failure_of({{prefix("1.0.0.0/8"), RouteType::unicast, {}}}),
              "the route to 1.0.0.0/8 has no next hop");
}

}  // namespace
}  // namespace sluice::route
