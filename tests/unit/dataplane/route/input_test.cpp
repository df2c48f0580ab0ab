// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/route/input.h"

#include <gtest/gtest.h>

#include "dataplane/route/connected.h"

namespace sluice::route {
namespace {

using net::Ipv4;
using net::Ipv4Address;
using packet::Verdict;
constexpr base::InterfaceId kLan{0};
constexpr base::InterfaceId kWan{1};
constexpr base::InterfaceId kDmz{2};

Ipv4Address ip(const char* text) {
    return *net::parse_ipv4(text);
}
net::Ipv4Prefix prefix(const char* text) {
    return *net::parse_ipv4_prefix(text);
}

/// lan 10.0.0.1/24, wan 203.0.113.2/24 with the default route, dmz 172.16.0.1/16.
class Input : public testing::Test {
protected:
    static void SetUpTestSuite() {
        const std::vector<LinkAddresses> links = {{kLan, {prefix("10.0.0.1/24")}},
                                                  {kWan, {prefix("203.0.113.2/24")}},
                                                  {kDmz, {prefix("172.16.0.1/16")}}};
        const std::vector<StaticRoute> routes = {
            {prefix("0.0.0.0/0"), RouteType::unicast, {{ip("203.0.113.1"), base::kNoInterface, 1}}},
            {prefix("192.168.0.0/16"), RouteType::blackhole, {}},
            {prefix("192.168.1.0/24"), RouteType::unreachable, {}},
            {prefix("192.168.2.0/24"), RouteType::prohibit, {}},
        };
        with_default_ = std::move(*Fib<Ipv4>::create(*route_list(links, routes), 1));
        without_default_ = std::move(*Fib<Ipv4>::create(*route_list(links, {}), 1));
    }
    static void TearDownTestSuite() {
        with_default_.reset();
        without_default_.reset();
    }

    InputRoute<Ipv4> ask(const char* source, const char* destination) const {
        const Fib<Ipv4>& fib = *fib_;
        const Ipv4Address from = ip(source);
        const Ipv4Address to = ip(destination);
        return input_route<Ipv4>(fib, {from, to, fib.look_up(from), fib.look_up(to)}, in_, from, to);
    }
    Verdict verdict(const char* source, const char* destination) const {
        return ask(source, destination).verdict;
    }

    static inline std::unique_ptr<const Fib<Ipv4>> with_default_;
    static inline std::unique_ptr<const Fib<Ipv4>> without_default_;
    const Fib<Ipv4>* fib_ = with_default_.get();
    InputLink in_{kLan, 0, true, true, true};
};

// FWD-4
TEST_F(Input, forwards_by_the_longest_prefix) {
    const auto out = ask("10.0.0.5", "8.8.8.8");
    ASSERT_EQ(out.verdict, Verdict::accept);
    EXPECT_EQ(out.hop->interface, kWan);
    EXPECT_EQ(out.hop->gateway, ip("203.0.113.1"));
    EXPECT_EQ(ask("10.0.0.5", "172.16.9.9").hop->interface, kDmz);
}

// FWD-4
TEST_F(Input, each_kind_of_refusal_has_its_verdict) {
    EXPECT_EQ(verdict("10.0.0.5", "192.168.0.1"), Verdict::route_blackhole);
    EXPECT_EQ(verdict("10.0.0.5", "192.168.1.1"), Verdict::route_unreachable);
    EXPECT_EQ(verdict("10.0.0.5", "192.168.2.1"), Verdict::route_prohibited);
    fib_ = without_default_.get();
    EXPECT_EQ(verdict("10.0.0.5", "8.8.8.8"), Verdict::no_route);
}

// FWD-6
TEST_F(Input, martian_sources_are_dropped) {
    for (const char* source :
         {"224.0.0.5", "255.255.255.255", "127.0.0.1", "0.0.0.0", "10.0.0.1", "172.16.0.1"}) {
        EXPECT_EQ(verdict(source, "8.8.8.8"), Verdict::martian_source) << source;
        if (ip(source) != ip("10.0.0.1")) {
            EXPECT_EQ(verdict(source, "10.0.0.1"), Verdict::martian_source) << source;
        }
    }
}

// FWD-6, surprise 15
TEST_F(Input, the_rest_of_0_and_class_e_are_routed) {
    EXPECT_EQ(verdict("0.1.2.3", "8.8.8.8"), Verdict::accept);
    EXPECT_EQ(verdict("10.0.0.5", "0.1.2.3"), Verdict::accept);
    EXPECT_EQ(verdict("240.0.0.1", "241.2.3.4"), Verdict::accept);
}

TEST_F(Input, martian_destinations_are_dropped) {
    EXPECT_EQ(verdict("10.0.0.5", "127.0.0.1"), Verdict::martian_destination);
    EXPECT_EQ(verdict("10.0.0.5", "0.0.0.0"), Verdict::martian_destination);
}

TEST_F(Input, a_source_is_not_looked_at_where_there_is_no_route) {
    fib_ = without_default_.get();
    EXPECT_EQ(verdict("172.16.0.1", "8.8.8.8"), Verdict::no_route);
}

TEST_F(Input, own_addresses_are_local_on_every_interface) {
    for (const char* own : {"10.0.0.1", "203.0.113.2", "172.16.0.1"}) {
        const auto found = ask("10.0.0.5", own);
        EXPECT_EQ(found.verdict, Verdict::to_host) << own;
        EXPECT_FALSE(found.is_broadcast);
    }
}

// FWD-7
TEST_F(Input, broadcasts_are_for_the_router_and_not_forwarded) {
    for (const char* to : {"255.255.255.255", "10.0.0.255", "172.16.255.255", "203.0.113.255"}) {
        const auto found = ask("10.0.0.5", to);
        EXPECT_EQ(found.verdict, Verdict::to_host) << to;
        EXPECT_TRUE(found.is_broadcast) << to;
    }
    EXPECT_EQ(verdict("0.0.0.0", "255.255.255.255"), Verdict::to_host);  // a DHCP client
    EXPECT_EQ(verdict("0.0.0.0", "0.0.0.0"), Verdict::to_host);
    EXPECT_EQ(verdict("172.16.0.1", "255.255.255.255"), Verdict::martian_source);
}

// FWD-7
TEST_F(Input, the_lowest_address_of_a_network_is_a_host) {
    EXPECT_EQ(verdict("203.0.113.9", "10.0.0.0"), Verdict::accept);
}

// FWD-7
TEST_F(Input, multicast_is_not_forwarded) {
    EXPECT_EQ(verdict("10.0.0.5", "224.0.0.5"), Verdict::multicast_not_forwarded);
    EXPECT_EQ(verdict("10.0.0.5", "239.1.2.3"), Verdict::multicast_not_forwarded);
    const auto all_hosts = ask("10.0.0.5", "224.0.0.1");
    EXPECT_EQ(all_hosts.verdict, Verdict::to_host);
    EXPECT_TRUE(all_hosts.is_broadcast);
    EXPECT_EQ(verdict("127.0.0.1", "224.0.0.1"), Verdict::martian_source);
    EXPECT_EQ(verdict("10.0.0.1", "224.0.0.1"), Verdict::martian_source);
    EXPECT_EQ(verdict("0.0.0.0", "224.0.0.1"), Verdict::to_host);
}

// FWD-6
TEST_F(Input, strict_reverse_path_wants_the_way_back_through_the_same_interface) {
    in_.rp_filter = 1;
    EXPECT_EQ(verdict("10.0.0.5", "8.8.8.8"), Verdict::accept);
    EXPECT_EQ(verdict("172.16.0.5", "8.8.8.8"), Verdict::reverse_path);
    EXPECT_EQ(verdict("1.2.3.4", "10.0.0.1"), Verdict::reverse_path);
    EXPECT_EQ(verdict("192.168.0.1", "8.8.8.8"), Verdict::reverse_path);
    EXPECT_EQ(verdict("10.0.0.255", "8.8.8.8"), Verdict::martian_source);
    EXPECT_EQ(verdict("1.2.3.4", "10.0.0.255"), Verdict::reverse_path);
    in_.id = kWan;
    EXPECT_EQ(verdict("1.2.3.4", "10.0.0.5"), Verdict::accept);
}

// FWD-6
TEST_F(Input, loose_reverse_path_wants_any_way_back) {
    in_.rp_filter = 2;
    EXPECT_EQ(verdict("172.16.0.5", "8.8.8.8"), Verdict::accept);
    EXPECT_EQ(verdict("192.168.0.1", "8.8.8.8"), Verdict::reverse_path);
    fib_ = without_default_.get();
    EXPECT_EQ(verdict("1.2.3.4", "172.16.0.5"), Verdict::reverse_path);
}

TEST_F(Input, without_addresses_of_its_own_an_interface_passes_no_reverse_path) {
    in_ = {base::InterfaceId{9}, 2, true, true, false};
    EXPECT_EQ(verdict("1.2.3.4", "10.0.0.5"), Verdict::reverse_path);
    in_.rp_filter = 0;
    EXPECT_EQ(verdict("1.2.3.4", "10.0.0.5"), Verdict::accept);
}

TEST_F(Input, an_interface_that_does_not_forward_still_reaches_the_router) {
    in_.forwarding = false;
    EXPECT_EQ(verdict("10.0.0.5", "8.8.8.8"), Verdict::forwarding_disabled);
    EXPECT_EQ(verdict("10.0.0.5", "192.168.1.1"), Verdict::forwarding_disabled);
    EXPECT_EQ(verdict("10.0.0.5", "10.0.0.1"), Verdict::to_host);
    EXPECT_EQ(verdict("10.0.0.5", "10.0.0.255"), Verdict::to_host);
}

// FWD-10
TEST_F(Input, only_a_sender_on_the_link_may_be_redirected) {
    EXPECT_TRUE(ask("10.0.0.5", "10.0.0.6").source_is_on_link);
    EXPECT_FALSE(ask("10.0.0.5", "8.8.8.8").source_is_on_link);
    in_.id = kWan;
    EXPECT_TRUE(ask("203.0.113.9", "8.8.8.8").source_is_on_link);
    EXPECT_FALSE(ask("1.2.3.4", "8.8.8.8").source_is_on_link);
    in_.send_redirects = false;
    EXPECT_FALSE(ask("203.0.113.9", "8.8.8.8").source_is_on_link);
}

}  // namespace
}  // namespace sluice::route
