// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/explain/explain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "acl/text/save_file.h"
#include "ctrlplane/explain/packet_words.h"

/// What `explain` says of a gateway between lan (10.0.0.0/24) and wan (203.0.113.0/24); OPS-4.
namespace sluice::ctrlplane::explain {
namespace {

using F = net::Ipv4;

constexpr std::string_view kRules = R"(*mangle
-A PREROUTING -i lan -p udp -j MARK --set-mark 7
COMMIT
*nat
-A PREROUTING -d 203.0.113.2 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.80:80
-A PREROUTING -i lan -p udp -m udp --dport 53 -j REDIRECT --to-ports 5353
-A POSTROUTING -o wan -j MASQUERADE
COMMIT
*filter
:FORWARD DROP [0:0]
:u - [0:0]
-A INPUT -p tcp -j REJECT
-A FORWARD -m mark --mark 7 -g u
-A FORWARD -d 10.0.0.80 -p tcp -m tcp --dport 80 -j ACCEPT
-A FORWARD -i lan -p icmp -j u
-A u -d 9.0.0.0/8 -j RETURN
-A u -j ACCEPT
COMMIT
)";

class ExplainTest : public testing::Test {
protected:
    ExplainTest() {
        interfaces_.resize(2);
        interfaces_[0] = interface(0, "lan", "10.0.0.1/24");
        interfaces_[1] = interface(1, "wan", "203.0.113.2/24");
        using enum route::RouteType;
        add("10.0.0.1/32", local, 0);
        add("203.0.113.2/32", local, 1);
        add("10.0.0.0/24", unicast, 0);
        add("203.0.113.0/24", unicast, 1);
        add("192.168.0.0/16", unreachable, 0);
        add("0.0.0.0/0", unicast, 1, "203.0.113.1");
    }

    static pipeline::Interface interface(std::uint16_t id, const char* name, const char* address) {
        pipeline::Interface made;
        made.id = base::InterfaceId(id);
        made.name = name;
        made.addresses.push_back(net::parse_ipv4_prefix(address).value());
        return made;
    }
    void add(const char* prefix, route::RouteType type, std::uint16_t interface, const char* gateway = nullptr) {
        const net::Ipv4Prefix parsed = net::parse_ipv4_prefix(prefix).value();
        route::Route<F>& route = routes_.emplace_back();
        route.network = parsed.address;
        route.length = parsed.length;
        route.type = type;
        route::NextHop<F>& hop = route.hops.emplace_back();
        hop.interface = base::InterfaceId(interface);
        if (gateway != nullptr) {
            hop.is_on_link = false;
            hop.gateway = net::parse_ipv4(gateway).value();
        }
    }
    Explanation explained(const std::string& words) {
        const auto made = read_packet(words);
        if (!made) {
            return {{}, made.error().message};
        }
        const auto done = explain({rules_, interfaces_, routes_}, *made);
        return done ? *done : Explanation{{}, done.error().message};
    }
    std::string verdict(const std::string& words) { return explained(words).verdict; }

    acl::Ruleset<F> rules_ = acl::text::parse_save_file<F>(kRules, "rules.v4").value();
    std::vector<pipeline::Interface> interfaces_;
    std::vector<route::Route<F>> routes_;
};

TEST_F(ExplainTest, every_rule_route_and_rewrite_is_told_in_order) {
    const std::vector<std::string> expected = {
        "packet    tcp 9.9.9.9:4000 > 203.0.113.2:8080, came in by wan",
        "mangle PREROUTING",
        "    1  no   -A PREROUTING -i lan -p udp -j MARK --set-xmark 0x7/0xffffffff  (-i)",
        "       yes  -P PREROUTING ACCEPT",
        "nat PREROUTING",
        "    1  yes  -A PREROUTING -d 203.0.113.2/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.80:80",
        "nat       destination becomes 10.0.0.80:80",
        "route     10.0.0.0/24: dev lan",
        "mangle FORWARD",
        "       yes  -P FORWARD ACCEPT",
        "filter FORWARD",
        "    1  no   -A FORWARD -m mark --mark 0x7 -g u  (mark)",
        "    2  yes  -A FORWARD -d 10.0.0.80/32 -p tcp -m tcp --dport 80 -j ACCEPT",
        "mangle POSTROUTING",
        "       yes  -P POSTROUTING ACCEPT",
        "nat POSTROUTING",
        "    1  no   -A POSTROUTING -o wan -j MASQUERADE  (-o)",
        "       yes  -P POSTROUTING ACCEPT",
        "verdict   leaves by lan as tcp 9.9.9.9:4000 > 10.0.0.80:80",
    };
    EXPECT_EQ(explained("-i wan -s 9.9.9.9 -d 203.0.113.2 -p tcp --sport 4000 --dport 8080").lines, expected);
}

// What CT puts in the connection's place is gone behind raw; what NOTRACK says stays.
TEST_F(ExplainTest, a_zone_in_raw_leaves_the_state_as_it_was) {
    const auto verdict_with = [&](const char* target) {
        rules_ = acl::text::parse_save_file<F>(std::string("*raw\n-A PREROUTING -j ") + target +
                                                   "\nCOMMIT\n*filter\n"
                                                   "-A FORWARD -m conntrack --ctstate ESTABLISHED -j DROP\n"
                                                   "-A FORWARD -m conntrack --ctstate UNTRACKED -j REJECT\nCOMMIT\n",
                                               "rules.v4")
                     .value();
        return verdict("-i lan -s 10.0.0.5 -d 9.9.9.9 -p udp --dport 53 --ctstate ESTABLISHED");
    };
    EXPECT_EQ(verdict_with("CT --zone 3"),
              "dropped in table filter by '-A FORWARD -m conntrack --ctstate ESTABLISHED -j DROP'");
    EXPECT_NE(verdict_with("NOTRACK").find("UNTRACKED"), std::string::npos);
}

// OPS: sets are asked as they are, and their counters left alone.
TEST_F(ExplainTest, a_set_is_looked_into) {
    acl::sets::SetBook sets;
    ASSERT_TRUE(sets.restore("create hosts hash:ip counters\nadd hosts 9.9.9.9\n", "sets", false, 0).has_value());
    rules_ = acl::text::parse_save_file<F>("*filter\n"
                                           "-A FORWARD -m set --match-set hosts src -j DROP\n"
                                           "-A FORWARD -m set ! --match-set hosts dst -j REJECT\n"
                                           "COMMIT\n",
                                           "rules.v4")
                 .value();
    const auto end_of = [&](const char* words, const acl::sets::SetBook* known) {
        return explain({rules_, interfaces_, routes_, known}, read_packet(words).value()).value();
    };
    const Explanation dropped = end_of("-i wan -s 9.9.9.9 -d 10.0.0.5 -p udp --dport 53", &sets);
    EXPECT_EQ(dropped.verdict, "dropped in table filter by '-A FORWARD -m set --match-set hosts src -j DROP'");
    const Explanation refused = end_of("-i wan -s 9.9.9.8 -d 10.0.0.5 -p udp --dport 53", &sets);
    EXPECT_NE(std::find(refused.lines.begin(), refused.lines.end(),
                        "    1  no   -A FORWARD -m set --match-set hosts src -j DROP  (set)"),
              refused.lines.end());
    const Explanation unknown = end_of("-i wan -s 9.9.9.8 -d 10.0.0.5 -p udp --dport 53", nullptr);
    EXPECT_EQ(unknown.verdict, "dropped in table filter by '-A FORWARD -m set --match-set hosts src -j DROP'");
}

// NAT-4
TEST_F(ExplainTest, a_port_keeps_its_distance_from_a_base_port) {
    rules_ = acl::text::parse_save_file<F>("*nat\n"
                                           "-A PREROUTING -p udp -j DNAT --to-destination 10.0.0.80:8000-8009/80\n"
                                           "COMMIT\n",
                                           "rules.v4")
                 .value();
    EXPECT_EQ(verdict("-i wan -s 9.9.9.9 -d 203.0.113.2 -p udp --sport 4000 --dport 87"),
              "leaves by lan as udp 9.9.9.9:4000 > 10.0.0.80:8007");
    EXPECT_EQ(verdict("-i wan -s 9.9.9.9 -d 203.0.113.2 -p udp --sport 4000 --dport 79"),
              "leaves by lan as udp 9.9.9.9:4000 > 10.0.0.80:8005");
}

// NAT-4
TEST_F(ExplainTest, a_network_is_mapped_at_the_end_of_its_hook) {
    rules_ = acl::text::parse_save_file<F>("*nat\n"
                                           "-A PREROUTING -i wan -j NETMAP --to 10.0.0.0/24\n"
                                           "-A POSTROUTING -o wan -j NETMAP --to 198.51.100.0/28\n"
                                           "COMMIT\n",
                                           "rules.v4")
                 .value();
    EXPECT_EQ(verdict("-i wan -s 9.9.9.9 -d 203.0.113.80 -p udp --sport 4000 --dport 53"),
              "leaves by lan as udp 9.9.9.9:4000 > 10.0.0.80:53");
    EXPECT_EQ(verdict("-i lan -s 10.0.0.80 -d 9.9.9.9 -p icmp"), "leaves by wan as icmp 198.51.100.0 > 9.9.9.9 type 8 code 0");
    const auto lines = explained("-i lan -s 10.0.0.21 -d 9.9.9.9 -p udp --sport 1 --dport 2").lines;
    EXPECT_NE(std::find(lines.begin(), lines.end(), "nat       source becomes 198.51.100.5:1"), lines.end());
}

TEST_F(ExplainTest, packets_end_where_the_router_would_end_them) {
    EXPECT_EQ(verdict("-i lan -s 10.0.0.5 -d 1.1.1.1 -p udp --sport 4000 --dport 54"),
              "leaves by wan as udp 203.0.113.2:4000 > 1.1.1.1:54");
    EXPECT_EQ(verdict("-i lan -s 10.0.0.5 -d 1.1.1.1 -p udp --sport 4000 --dport 53"),
              "delivered to the router itself as udp 10.0.0.5:4000 > 10.0.0.1:5353");
    EXPECT_EQ(verdict("-i lan -s 10.0.0.5 -d 9.9.9.9 -p udp"), "dropped in table filter by '-P FORWARD DROP'");
    EXPECT_EQ(verdict("-i lan -s 10.0.0.5 -d 9.9.9.9 -p icmp"), "dropped in table filter by '-P FORWARD DROP'");
    EXPECT_EQ(verdict("-i lan -s 10.0.0.5 -d 8.8.8.8 -p icmp"),
              "leaves by wan as icmp 203.0.113.2 > 8.8.8.8 type 8 code 0");
    EXPECT_EQ(verdict("-i lan -s 10.0.0.5 -d 10.0.0.1 -p tcp --dport 22"),
              "rejected in table filter by '-A INPUT -p tcp -j REJECT --reject-with icmp-port-unreachable'");
    EXPECT_EQ(verdict("-i lan -s 10.0.0.5 -d 192.168.1.1 -p udp"), "refused by the route 192.168.0.0/16");
    EXPECT_EQ(verdict("-i lan -s 10.0.0.5 -d 8.8.8.8 -p icmp --ttl 1"),
              "dropped: the TTL is used up; answered with icmp time-exceeded");
    EXPECT_EQ(verdict("-s 203.0.113.2 -d 8.8.8.8 -p icmp"), "leaves by wan as icmp 203.0.113.2 > 8.8.8.8 type 8 code 0");
    EXPECT_EQ(verdict("-i lan -s 10.0.0.5 -d 8.8.8.8 -p icmp --ctstate ESTABLISHED"),
              "leaves by wan as icmp 10.0.0.5 > 8.8.8.8 type 8 code 0");
    EXPECT_EQ(verdict("-i wan -s 1.1.1.1 -d 10.0.0.5 -p gre --mark 7"), "leaves by lan as gre 1.1.1.1 > 10.0.0.5");
}

TEST_F(ExplainTest, words_that_make_no_packet_are_refused) {
    EXPECT_EQ(verdict("-i dmz -s 1.1.1.1 -d 2.2.2.2"), "there is no interface 'dmz'");
    EXPECT_EQ(verdict("-i lan -s 1.1.1.1"), "-s and -d are needed: from where, and where to?");
    EXPECT_EQ(verdict("-s 1.1.1.1 -d 2.2.2.2 --dport 5"), "ports need -p tcp, udp, udplite, sctp or dccp");
    EXPECT_EQ(verdict("-s 1.1.1.1 -d"), "'-d' needs a value");
    EXPECT_EQ(verdict("-s 1.1.1"), "'1.1.1' makes no sense after '-s'");
    EXPECT_EQ(verdict("-p udp --dport 65536"), "'65536' makes no sense after '--dport'");
    EXPECT_EQ(verdict("--ctstate OLD"), "'OLD' makes no sense after '--ctstate'");
    EXPECT_NE(verdict("--what 1").find("unknown word '--what'"), std::string::npos);
}

TEST_F(ExplainTest, the_way_back_the_clock_the_account_and_chunks_are_those_of_the_moment_and_of_a_first_packet) {
    rules_ = acl::text::parse_save_file<F>(R"(*mangle
-A PREROUTING -m rpfilter --invert -j DROP
COMMIT
*filter
-A FORWARD -m time --datestop 2020 -j DROP
-A FORWARD -m connbytes --connbytes 2 --connbytes-dir both --connbytes-mode packets -j DROP
-A FORWARD -p sctp -m sctp --chunk-types only DATA -j ACCEPT
-A FORWARD -p dccp -m dccp ! --dccp-option 9 -j ACCEPT
-A FORWARD -j DROP
COMMIT
)", "rules.v4").value();
    EXPECT_EQ(verdict("-i lan -s 10.0.0.5 -d 9.9.9.9 -p sctp --dport 5").substr(0, 13), "leaves by wan");
    EXPECT_EQ(verdict("-i lan -s 10.0.0.5 -d 9.9.9.9 -p dccp --dport 5").substr(0, 13), "leaves by wan");
    EXPECT_EQ(verdict("-i wan -s 10.0.0.5 -d 9.9.9.9 -p sctp --dport 5"),
              "dropped in table mangle by '-A PREROUTING -m rpfilter --invert -j DROP'");
}

}  // namespace
}  // namespace sluice::ctrlplane::explain
