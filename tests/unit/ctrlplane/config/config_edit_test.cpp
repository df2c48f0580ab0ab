// SPDX-License-Identifier: BSD-3-Clause
/// Changes by ip(8) and sysctl(8); the words are those of iproute2 6.1, procps 4.0 and Linux 6.18.
#include "ctrlplane/config/config_edit.h"

#include "tests/unit/ctrlplane/config/checking.h"

namespace sluice::ctrlplane::config {
namespace {

constexpr std::string_view kTwo = R"(
[[interface]]
name = "lan"
device = "net_null0"
address = ["10.0.0.1/24"]
[[interface]]
name = "wan"
device = "net_null1"
address = ["198.51.100.2/24"]
[[route]]
to = "0.0.0.0/0"
via = "198.51.100.1"
)";
constexpr auto kLan = base::InterfaceId(0);
constexpr auto kWan = base::InterfaceId(1);

net::Ipv4Prefix prefix(const char* text) { return *net::parse_ipv4_prefix(text); }
net::Ipv4Address address(const char* text) { return *net::parse_ipv4(text); }
std::string said(const ConfigEdit::Done& done) { return done ? "done" : done.error(); }

std::string addresses(const CheckedConfig& config, base::InterfaceId interface) {
    std::string text;
    for (const auto& one : config.interface(interface).addresses) {
        text += net::to_string(one.value) + " ";
    }
    return text;
}

RouteEdit route_to(const char* to, const char* via = nullptr) {
    RouteEdit route{prefix(to), {}, {}};
    if (via != nullptr) {
        route.hops.push_back({address(via), base::kNoInterface, {}});
    }
    return route;
}

TEST(ConfigEdit, an_address_comes_and_goes) {
    ConfigEdit edit(sound(kTwo));
    EXPECT_EQ(said(edit.address(Edit::add, kLan, prefix("10.0.0.1/24"))), "Error: ipv4: Address already assigned.");
    EXPECT_EQ(said(edit.address(Edit::replace, kLan, prefix("10.0.0.1/24"))), "done");
    EXPECT_EQ(said(edit.address(Edit::add, kLan, prefix("10.0.0.2/24"))), "done");
    EXPECT_EQ(said(edit.address(Edit::add, kLan, prefix("10.9.0.1/24"))), "done");
    EXPECT_EQ(said(edit.address(Edit::add, kWan, prefix("10.9.0.2/24"))),
              "Error: address 10.9.0.2/24 overlaps with 10.9.0.1/24 of the interface \"lan\"; each network belongs to one interface.");
    EXPECT_EQ(said(edit.address(Edit::add, kWan, prefix("198.51.100.1/24"))),
              "Error: 198.51.100.1 is the gateway of the route to 0.0.0.0/0; delete that first.");
    EXPECT_EQ(said(edit.address(Edit::add, kWan, prefix("224.0.0.1/24"))), "Error: address 224.0.0.1/24 is a multicast address.");
    EXPECT_EQ(said(edit.address(Edit::remove, kLan, prefix("10.0.0.9/24"))), "Error: ipv4: Address not found.");
    // With the first of a network its others go, too.
    EXPECT_EQ(said(edit.address(Edit::remove, kLan, prefix("10.0.0.1/24"))), "done");
    EXPECT_EQ(addresses(std::move(edit).take(), kLan), "10.9.0.1/24 ");
}

TEST(ConfigEdit, routes_go_with_the_last_address_of_their_interface_and_not_before) {
    ConfigEdit edit(sound(kTwo));
    EXPECT_EQ(said(edit.address(Edit::add, kWan, prefix("192.0.2.2/24"))), "done");
    EXPECT_EQ(said(edit.address(Edit::remove, kWan, prefix("198.51.100.2/24"))), "done");
    const CheckedConfig there = ConfigEdit(edit).take();
    ASSERT_EQ(there.routes().size(), 1U);
    EXPECT_EQ(said(edit.address(Edit::remove, kWan, prefix("192.0.2.2/24"))), "done");
    EXPECT_TRUE(std::move(edit).take().routes().empty());
}

TEST(ConfigEdit, routes) {
    ConfigEdit edit(sound(kTwo));
    EXPECT_EQ(said(edit.route(Edit::add, route_to("10.7.0.0/16", "10.0.0.7"))), "done");
    EXPECT_EQ(said(edit.route(Edit::add, route_to("10.7.0.0/16", "10.0.0.8"))), "RTNETLINK answers: File exists");
    EXPECT_EQ(said(edit.route(Edit::add, route_to("10.8.0.0/16", "10.99.0.1"))), "Error: Nexthop has invalid gateway.");
    EXPECT_EQ(said(edit.route(Edit::add, route_to("10.8.0.0/16", "10.0.0.1"))), "Error: Nexthop has invalid gateway.");
    EXPECT_EQ(said(edit.route(Edit::add, route_to("10.8.0.0/16"))), "RTNETLINK answers: No such device");
    EXPECT_EQ(said(edit.route(Edit::add, route_to("10.0.0.0/24", "10.0.0.7"))), "RTNETLINK answers: File exists");
    EXPECT_EQ(said(edit.route(Edit::remove, route_to("10.7.0.0/16", "10.0.0.8"))), "RTNETLINK answers: No such process");
    EXPECT_EQ(said(edit.route(Edit::replace, route_to("10.7.0.0/16", "10.0.0.8"))), "done");
    EXPECT_EQ(said(edit.route(Edit::change, route_to("10.6.0.0/16", "10.0.0.8"))), "RTNETLINK answers: No such file or directory");
    EXPECT_EQ(said(edit.route(Edit::add, {prefix("10.5.0.0/16"), RouteKind::blackhole, {}})), "done");
    EXPECT_EQ(said(edit.route(Edit::remove, {prefix("10.5.0.0/16"), RouteKind::prohibit, {}})), "RTNETLINK answers: No such process");
    const CheckedConfig config = std::move(edit).take();
    ASSERT_EQ(config.routes().size(), 3U);
    EXPECT_EQ(config.routes()[1].hops[0].interface, kLan);
    EXPECT_EQ(net::to_string(*config.routes()[1].hops[0].via), "10.0.0.8");
}

TEST(ConfigEdit, neighbours) {
    ConfigEdit edit(sound(kTwo));
    const net::MacAddress mac{{2, 0, 0, 0, 0, 9}};
    EXPECT_EQ(said(edit.neighbor(Edit::remove, kLan, address("10.0.0.9"), {})), "RTNETLINK answers: No such file or directory");
    EXPECT_EQ(said(edit.neighbor(Edit::add, kLan, address("10.0.0.9"), {})), "Error: No link layer address given.");
    EXPECT_EQ(said(edit.neighbor(Edit::add, kLan, address("10.0.0.9"), mac)), "done");
    EXPECT_EQ(said(edit.neighbor(Edit::add, kLan, address("10.0.0.9"), mac)), "RTNETLINK answers: File exists");
    EXPECT_EQ(said(edit.neighbor(Edit::replace, kLan, address("10.0.0.9"), mac)), "done");
    EXPECT_EQ(std::move(edit).take().neighbors().size(), 1U);
}

// CT-5
TEST(ConfigEdit, sysctls) {
    ConfigEdit edit(sound(kTwo));
    EXPECT_EQ(said(edit.sysctl("net/netfilter/nf_conntrack_udp_timeout", "31")), "done");
    EXPECT_EQ(said(edit.sysctl("net.ipv4.ip_default_ttl", "300")), "sysctl: setting key \"net.ipv4.ip_default_ttl\": Invalid argument");
    EXPECT_EQ(said(edit.sysctl("net.ipv4.ip_forward", "x")), "sysctl: setting key \"net.ipv4.ip_forward\": Invalid argument");
    EXPECT_EQ(said(edit.sysctl("net.foo.bar", "1")), "sysctl: cannot stat /proc/sys/net/foo/bar: No such file or directory");
    EXPECT_EQ(said(edit.sysctl("net.ipv4.conf.dmz.rp_filter", "1")),
              "sysctl: cannot stat /proc/sys/net/ipv4/conf/dmz/rp_filter: No such file or directory");
    EXPECT_EQ(said(edit.sysctl("net.netfilter.nf_conntrack_max", "5")),
              "sysctl: setting key \"net.netfilter.nf_conntrack_max\": Invalid argument: it sizes the table at start");
    EXPECT_EQ(said(edit.sysctl("net.ipv4.conf.lan.rp_filter", "2")), "done");
    EXPECT_EQ(said(edit.sysctl("net.ipv4.conf.wan.forwarding", "0")), "done");
    CheckedConfig config = ConfigEdit(edit).take();
    EXPECT_EQ(config.sysctls().udp_timeout_s, 31U);
    EXPECT_EQ(config.interface(kLan).sysctls.rp_filter, 2);
    EXPECT_FALSE(config.interface(kWan).sysctls.forwarding);
    // As in Linux, the switch for all sets every interface.
    EXPECT_EQ(said(edit.sysctl("net.ipv4.ip_forward", "1")), "done");
    EXPECT_TRUE(ConfigEdit(edit).take().interface(kWan).sysctls.forwarding);
    EXPECT_EQ(said(edit.sysctl("net.ipv4.conf.all.forwarding", "0")), "done");
    config = std::move(edit).take();
    EXPECT_FALSE(config.interface(kLan).sysctls.forwarding);
    EXPECT_EQ(config.sysctls().ip_forward, 0U);
    const auto values = sysctl_values(config);
    const auto of = [&](std::string_view name) {
        for (const SysctlValue& one : values) {
            if (one.name == name) {
                return static_cast<int>(one.value);
            }
        }
        return -1;
    };
    EXPECT_EQ(of("net.ipv4.ip_forward"), 0);
    EXPECT_EQ(of("net.ipv4.conf.wan.forwarding"), 0);
    EXPECT_EQ(of("net.ipv4.conf.lan.rp_filter"), 2);
    EXPECT_EQ(of("net.ipv4.conf.all.send_redirects"), 1);
    EXPECT_EQ(of("net.netfilter.nf_conntrack_udp_timeout"), 31);
}

}  // namespace
}  // namespace sluice::ctrlplane::config
