// SPDX-License-Identifier: BSD-3-Clause
#include "acl/literal/strictness.h"

#include <gtest/gtest.h>

#include "acl/text/save_file.h"

namespace sluice::acl::literal {
namespace {

using V4 = net::Ipv4;

Ruleset<V4> parsed(const std::string& nat, const std::string& filter = "") {
    return text::parse_save_file<V4>("*nat\n:u - [0:0]\n:v - [0:0]\n" + nat + "COMMIT\n*filter\n:in - [0:0]\n" + filter + "COMMIT\n",
                                     "rules.v4")
        .value();
}

// NAT-12
TEST(Strictness, an_interface_hides_sources_where_some_rule_translates_what_leaves_by_it) {
    const auto direct = parsed("-A POSTROUTING -s 10.0.0.0/8 -o wan -j MASQUERADE\n");
    EXPECT_TRUE(translates_sources(direct, "wan"));
    EXPECT_FALSE(translates_sources(direct, "wan2"));
    EXPECT_FALSE(translates_sources(direct, "lan"));
    const auto inverted = parsed("-A POSTROUTING ! -o lan+ -j SNAT --to-source 192.0.2.1\n");
    EXPECT_TRUE(translates_sources(inverted, "wan"));
    EXPECT_FALSE(translates_sources(inverted, "lan0"));
    EXPECT_TRUE(translates_sources(parsed("-A POSTROUTING -j NETMAP --to 192.0.2.0/24\n"), "any"));
    // through chains; what only leads there for another interface does not count, nor what nothing leads to
    const auto chained = parsed("-A POSTROUTING -o wan -j u\n-A u -j v\n-A v -j MASQUERADE\n");
    EXPECT_TRUE(translates_sources(chained, "wan"));
    EXPECT_FALSE(translates_sources(chained, "lan"));
    EXPECT_FALSE(translates_sources(parsed("-A u -j MASQUERADE\n"), "wan"));
    EXPECT_FALSE(translates_sources(parsed("-A PREROUTING -j DNAT --to-destination 10.0.0.1\n"), "wan"));
    EXPECT_FALSE(translates_sources(Ruleset<V4>{}, "wan"));
}

// NAT-11
TEST(Strictness, served_are_the_ports_that_rules_name) {
    const auto served = served_ports(parsed(
        "-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1\n"
        "-A PREROUTING -j u\n-A u -p udp -m udp --dport 5000:5002 -j REDIRECT --to-ports 53\n"
        "-A PREROUTING -p tcp -m multiport --dports 443,8000:8001 -j DNAT --to-destination 10.0.0.1\n"
        "-A PREROUTING -p tcp -m tcp ! --dport 1000 -j DNAT --to-destination 10.0.0.1\n"
        "-A PREROUTING -p tcp -m tcp --sport 7 -j DNAT --to-destination 10.0.0.1\n"
        "-A PREROUTING -p tcp -j DNAT --to-destination 10.0.0.1\n"
        "-A v -p tcp -m tcp --dport 81 -j DNAT --to-destination 10.0.0.1\n",
        "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 23 -j DROP\n-A INPUT -j in\n"
        "-A in -p udp -m udp --dport 51820 -j ACCEPT\n-A FORWARD -p tcp -m tcp --dport 24 -j ACCEPT\n"));
    const auto all = [&](std::uint8_t protocol) {
        std::vector<unsigned> ports;
        for (unsigned port = 0; port <= 65535; ++port) {
            if (served.has(protocol, base::Be16::from_host(static_cast<std::uint16_t>(port)))) {
                ports.push_back(port);
            }
        }
        return ports;
    };
    EXPECT_EQ(all(net::kProtocolTcp), (std::vector<unsigned>{22, 80, 443, 8000, 8001}));
    EXPECT_EQ(all(net::kProtocolUdp), (std::vector<unsigned>{5000, 5001, 5002, 51820}));
    EXPECT_EQ(all(net::kProtocolIcmp), std::vector<unsigned>{});
}

// NAT-12: `sluice check` warns
TEST(Strictness, a_leak_is_told_of_where_nothing_drops_what_is_invalid) {
    const std::string masquerade = "-A POSTROUTING -o wan -j MASQUERADE\n";
    const auto warnings = untranslated_leaks(parsed("-A POSTROUTING -o lan\n" + masquerade, "-A FORWARD -i lan -j ACCEPT\n"));
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_EQ(warnings[0].severity, base::Diagnostic::Severity::warning);
    EXPECT_EQ(warnings[0].where.line, 5U);
    for (const char* safe : {"-A FORWARD -m conntrack --ctstate INVALID -j DROP\n", "-A in -m state --state INVALID,NEW -j REJECT\n",
                             "-A FORWARD -m conntrack ! --ctstate NEW,ESTABLISHED,RELATED -j DROP\n", ":FORWARD DROP [0:0]\n"}) {
        EXPECT_TRUE(untranslated_leaks(parsed(masquerade, safe)).empty()) << safe;
    }
    for (const char* unsafe : {"-A FORWARD -m conntrack --ctstate NEW -j DROP\n", "-A FORWARD -m conntrack --ctstate INVALID -j LOG\n"}) {
        EXPECT_EQ(untranslated_leaks(parsed(masquerade, unsafe)).size(), 1U) << unsafe;
    }
    EXPECT_TRUE(untranslated_leaks(parsed("-A PREROUTING -j DNAT --to-destination 10.0.0.1\n")).empty());
}

}  // namespace
}  // namespace sluice::acl::literal
