// SPDX-License-Identifier: BSD-3-Clause
#include "checking.h"

namespace sluice::ctrlplane::config {
namespace {

std::string first_error(std::string_view more) {
    const auto said = said_about(with_two_interfaces(more));
    return said.empty() ? "" : said.front();
}

std::string interface_of(const CheckedConfig& config, std::size_t route, std::size_t hop = 0) {
    return config.interface(config.routes()[route].hops.at(hop).interface).name;
}

// FWD-4
TEST(Route, each_kind_is_kept) {
    const auto config = sound(with_two_interfaces(R"(
[[route]]
to = "default"
via = "203.0.113.1"
[[route]]
to = "192.0.2.0/24"
type = "blackhole"
[[route]]
to = "192.0.3.0/24"
type = "unreachable"
table = 254
[[route]]
to = "192.0.4.1"
type = "prohibit"
[[route]]
to = "192.0.5.0/24"
dev = "lan"
)"));
    ASSERT_EQ(config.routes().size(), 5U);
    EXPECT_EQ(config.routes()[0].kind, RouteKind::unicast);
    EXPECT_EQ(net::to_string(config.routes()[0].to), "0.0.0.0/0");
    EXPECT_EQ(config.routes()[1].kind, RouteKind::blackhole);
    EXPECT_TRUE(config.routes()[1].hops.empty());
    EXPECT_EQ(config.routes()[2].kind, RouteKind::unreachable);
    EXPECT_EQ(config.routes()[3].kind, RouteKind::prohibit);
    EXPECT_EQ(net::to_string(config.routes()[3].to), "192.0.4.1/32");
    EXPECT_EQ(interface_of(config, 4), "lan");
    EXPECT_FALSE(config.routes()[4].hops[0].via);
}

TEST(Route, several_gateways_are_an_ecmp_group_over_several_interfaces) {
    const auto config =
        sound(with_two_interfaces("[[route]]\nto = \"192.0.2.0/24\"\n"
                                  "via = [\"203.0.113.1\", \"10.0.0.9\"]\n"));
    ASSERT_EQ(config.routes()[0].hops.size(), 2U);
    EXPECT_EQ(interface_of(config, 0, 0), "wan");
    EXPECT_EQ(interface_of(config, 0, 1), "lan");
    EXPECT_EQ(net::to_string(*config.routes()[0].hops[1].via), "10.0.0.9");
    EXPECT_EQ(config.routes()[0].hops[1].where.column, 23U);
}

// As the kernel: a gateway may itself be reached by a route to the link, as hosting providers have it.
TEST(Route, a_gateway_may_be_on_the_link_by_a_route_of_its_own) {
    const auto config =
        sound(with_two_interfaces("[[route]]\nto = \"0.0.0.0/0\"\nvia = \"198.51.100.1\"\n"
                                  "[[route]]\nto = \"198.51.100.1/32\"\ndev = \"wan\"\n"));
    EXPECT_EQ(interface_of(config, 0), "wan");
}

TEST(Route, a_gateway_through_another_gateway_is_refused_at_the_gateway) {
    EXPECT_EQ(
        first_error("[[route]]\nto = \"198.51.100.0/24\"\nvia = \"203.0.113.1\"\n"
                    "[[route]]\nto = \"0.0.0.0/0\"\nvia = \"198.51.100.1\"\n"),
        "t.toml:16:7: error: via 198.51.100.1 is on no network of an interface; a gateway must be reached "
        "directly");
}

TEST(Route, with_dev_and_via_the_gateway_is_on_that_interface) {
    EXPECT_EQ(first_error("[[route]]\nto = \"0.0.0.0/0\"\nvia = \"203.0.113.1\"\ndev = \"lan\"\n"),
              "t.toml:13:7: error: via 203.0.113.1 is on no network of the interface \"lan\"; a gateway must "
              "be reached "
              "directly");
    EXPECT_EQ(first_error("[[route]]\nto = \"0.0.0.0/0\"\nvia = \"203.0.113.1\"\ndev = \"wan\"\n"), "");
}

TEST(Route, a_gateway_is_another_host) {
    EXPECT_EQ(first_error("[[route]]\nto = \"0.0.0.0/0\"\nvia = \"203.0.113.2\"\n"),
              "t.toml:13:7: error: via 203.0.113.2 is the router's own address, on the interface \"wan\"");
    EXPECT_EQ(first_error("[[route]]\nto = \"0.0.0.0/0\"\nvia = \"203.0.113.255\"\n"),
              "t.toml:13:7: error: via 203.0.113.255 is the broadcast address of 203.0.113.0/24");
    EXPECT_EQ(first_error("[[route]]\nto = \"0.0.0.0/0\"\nvia = \"224.0.0.5\"\n"),
              "t.toml:13:7: error: via \"224.0.0.5\" is not the address of a host");
    EXPECT_EQ(
        first_error("[[route]]\nto = \"0.0.0.0/0\"\nvia = \"203.0.113.1/24\"\n"),
        "t.toml:13:7: error: via \"203.0.113.1/24\" is a prefix; write the address alone, without a length");
    EXPECT_EQ(first_error("[[route]]\nto = \"0.0.0.0/0\"\nvia = [\"203.0.113.1\", \"203.0.113.1\"]\n"),
              "t.toml:13:23: error: via \"203.0.113.1\" stands twice in this route");
    EXPECT_EQ(first_error("[[route]]\nto = \"0.0.0.0/0\"\nvia = []\n"),
              "t.toml:13:7: error: via is an empty list; name a gateway");
}

TEST(Route, a_destination_has_one_route) {
    EXPECT_EQ(first_error("[[route]]\nto = \"192.0.2.0/24\"\ntype = \"blackhole\"\n"
                          "[[route]]\nto = \"192.0.2.0/24\"\nvia = \"10.0.0.9\"\n"),
              "t.toml:15:6: error: to 192.0.2.0/24 stands already in line 12; for several gateways write via "
              "as a list");
    EXPECT_EQ(first_error("[[route]]\nto = \"10.0.0.0/24\"\ntype = \"blackhole\"\n"),
              "t.toml:12:6: error: to 10.0.0.0/24 is the network of the interface \"lan\", which has its "
              "route already");
    EXPECT_EQ(first_error("[[route]]\nto = \"10.0.0.1/32\"\ntype = \"blackhole\"\n"),
              "t.toml:12:6: error: to 10.0.0.1/32 is an address of the router itself");
}

TEST(Route, a_destination_has_no_bits_beyond_its_length) {
    EXPECT_EQ(first_error("[[route]]\nto = \"192.0.2.1/24\"\ntype = \"blackhole\"\n"),
              "t.toml:12:6: error: to \"192.0.2.1/24\" has bits set beyond its length; the network is "
              "\"192.0.2.0/24\"");
}

TEST(Route, leads_somewhere) {
    EXPECT_EQ(first_error("[[route]]\nto = \"192.0.2.0/24\"\n"),
              "t.toml:11:1: error: [[route]] leads nowhere; give it via = \"GATEWAY\", dev = \"INTERFACE\" "
              "or type = "
              "\"blackhole\", \"unreachable\" or \"prohibit\"");
    EXPECT_EQ(first_error("[[route]]\nvia = \"10.0.0.9\"\n"),
              "t.toml:11:1: error: [[route]] has no to; give it one, such as to = \"0.0.0.0/0\"");
    EXPECT_EQ(first_error("[[route]]\nto = \"192.0.2.0/24\"\ntype = \"blackhole\"\ndev = \"lan\"\n"),
              "t.toml:14:1: error: dev cannot stand with type, which says that packets go nowhere");
}

TEST(Route, what_is_not_built_is_refused) {
    EXPECT_EQ(first_error("[[route]]\nto = \"192.0.2.0/24\"\ntype = \"local\"\n"),
              "t.toml:13:8: error: type = \"local\" is not built yet");
    EXPECT_EQ(
        first_error("[[route]]\nto = \"192.0.2.0/24\"\ndev = \"lan\"\ntable = 100\n"),
        "t.toml:14:9: error: only the table \"main\" (254) is built yet; others come with policy routing");
    EXPECT_EQ(first_error("[[route]]\nto = \"::/0\"\ndev = \"lan\"\n"),
              "t.toml:12:6: error: to \"::/0\" is an IPv6 address: IPv6 is not built yet");
    EXPECT_EQ(first_error("[[rule]]\npriority = 100\n"),
              "t.toml:11:3: error: rule is refused: policy routing is not built yet; all routes are in the "
              "main table");
}

TEST(Neighbor, needs_an_address_a_mac_and_an_interface) {
    EXPECT_EQ(said_about(with_two_interfaces("[[neighbor]]\n")).size(), 3U);
    EXPECT_EQ(first_error(
                  "[[neighbor]]\naddress = \"10.0.0.1\"\nmac = \"02:00:00:00:00:09\"\ninterface = \"lan\"\n"),
              "t.toml:12:11: error: address 10.0.0.1 is the router's own");
    EXPECT_EQ(first_error(
                  "[[neighbor]]\naddress = \"10.0.0.9\"\nmac = \"01:00:5e:00:00:09\"\ninterface = \"lan\"\n"),
              "t.toml:13:7: error: mac \"01:00:5e:00:00:09\" is a group address; an interface has a unicast "
              "address");
    EXPECT_EQ(first_error(
                  "[[neighbor]]\naddress = \"10.0.0.9\"\nmac = \"02:00:00:00:00:09\"\ninterface = \"lna\"\n"),
              "t.toml:14:13: error: interface \"lna\" is no interface of this file; the nearest known one is "
              "\"lan\"");
}

TEST(Neighbor, has_one_entry_an_interface) {
    const std::string one =
        "[[neighbor]]\naddress = \"10.0.0.9\"\nmac = \"02:00:00:00:00:09\"\ninterface = \"lan\"\n";
    EXPECT_EQ(first_error(one + one),
              "t.toml:16:11: error: address 10.0.0.9 of the interface \"lan\" stands already in line 12");
}

std::string addresses(std::string_view first, std::string_view second) {
    const auto said = said_about(
        "[[interface]]\nname = \"a\"\ndevice = \"net_null\"\naddress = [" + std::string(first) +
        "]\n[[interface]]\nname = \"b\"\ndevice = \"net_null\"\naddress = [" + std::string(second) + "]\n");
    return said.empty() ? "" : said.front();
}

TEST(Addresses, networks_of_two_interfaces_do_not_overlap) {
    EXPECT_EQ(addresses("\"10.0.0.1/24\"", "\"10.0.0.2/24\""),
              "t.toml:8:12: error: address 10.0.0.2/24 overlaps with 10.0.0.1/24 of the interface \"a\"; "
              "each network "
              "belongs to one interface");
    EXPECT_EQ(addresses("\"10.0.5.1/24\"", "\"192.0.2.1/24\", \"10.0.0.1/8\""),
              "t.toml:8:28: error: address 10.0.0.1/8 overlaps with 10.0.5.1/24 of the interface \"a\"; each "
              "network "
              "belongs to one interface");
    EXPECT_EQ(addresses("\"10.0.0.1/24\"", "\"10.0.1.1/24\""), "");
    EXPECT_EQ(addresses("\"10.0.0.1/24\", \"10.0.0.2/24\", \"10.0.0.3/25\"", "\"10.0.1.1/24\""), "");
    EXPECT_EQ(addresses("\"10.0.0.1/24\"", "\"10.0.0.2/32\""), "");
}

TEST(Addresses, are_had_once) {
    EXPECT_EQ(addresses("\"10.0.0.1/24\"", "\"10.0.0.1/32\""),
              "t.toml:8:12: error: address 10.0.0.1 is already one of the interface \"a\"");
    EXPECT_EQ(addresses("\"10.0.0.1/24\", \"10.0.0.1/24\"", ""),
              "t.toml:4:27: error: address 10.0.0.1 is already one of the interface \"a\"");
}

TEST(Addresses, of_strange_kinds_are_refused_or_warned_about) {
    EXPECT_EQ(addresses("\"127.0.0.1/8\"", ""),
              "t.toml:4:12: error: address \"127.0.0.1/8\" is a loopback address, which never leaves a host");
    EXPECT_EQ(addresses("\"10.0.0.255/24\"", ""),
              "t.toml:4:12: error: address \"10.0.0.255/24\" is the broadcast address of its network");
    EXPECT_EQ(addresses("\"10.0.0.1/33\"", ""),
              "t.toml:4:12: error: address \"10.0.0.1/33\" is not an IPv4 address with a length from 0 to "
              "32, such as "
              "\"192.0.2.1/24\"");
    EXPECT_EQ(addresses("\"10.0.0.1\"", ""),
              "t.toml:4:12: warning: address \"10.0.0.1\" has no length and is taken as \"10.0.0.1/32\", a "
              "host without a "
              "network");
    EXPECT_EQ(addresses("\"10.0.0.0/24\"", ""),
              "t.toml:4:12: warning: address \"10.0.0.0/24\" is the network's own; hosts may take it for a "
              "broadcast");
    EXPECT_EQ(addresses("\"2001:db8::2/64\"", ""),
              "t.toml:4:12: error: address \"2001:db8::2/64\" is an IPv6 address: IPv6 is not built yet");
    EXPECT_EQ(addresses("\"10.0.0.1/31\"", "\"10.0.0.3/31\""), "");
}

}  // namespace
}  // namespace sluice::ctrlplane::config
