// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/methods.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "dataplane/packet/verdict.h"
#include "methods_fixture.h"

namespace sluice::ctrlplane::control {
namespace {

using test::MethodsTest;

TEST_F(MethodsTest, status_tells_what_is_there) {
    const std::string said = text("status");
    for (const char* word : {"sluice 1.2.3", "uptime 1 day 01:01:01", "/etc/sluice/test.toml", "core 1",
                             "lan", "wan", "vlan 5 on lan", "203.0.113.2/24", "down", "up 10000 Mbit/s",
                             "filter 3, nat 1", "17 remembered paths", "0 of 20000", "12 of 4096"}) {
        EXPECT_NE(said.find(word), std::string::npos) << word << "\n" << said;
    }
    EXPECT_EQ(data("status")["rules"]["count"], 4);
    EXPECT_EQ(data("status")["uptime_s"], 90'061);
}

TEST_F(MethodsTest, busy_time_is_that_of_the_last_second) {
    figures_.tick();
    EXPECT_EQ(data("status")["workers"][0]["busy_percent"], 0.0);
    router_.stats.busy_cycles.add(500'000'000);
    router_.now_ns += 2'000'000'000;
    figures_.tick();
    EXPECT_EQ(data("status")["workers"][0]["busy_percent"], 25.0);
    router_.now_ns += 10;  // too early for a new sample
    figures_.tick();
    EXPECT_EQ(data("status")["workers"][0]["busy_percent"], 25.0);
}

TEST_F(MethodsTest, stats_sum_and_name_what_happened) {
    router_.stats.interfaces[0].received.add(100);
    router_.stats.interfaces[1].received.add(60);
    router_.stats.interfaces[1].sent.add(100);
    router_.stats.short_way.add(5);
    router_.stats.long_way.add(2);
    router_.stats.verdicts[static_cast<std::size_t>(packet::Verdict::ttl_exceeded)].add(3);
    router_.stats.verdicts[static_cast<std::size_t>(packet::Verdict::consumed)].add(9);
    router_.stats.hooks[2].add(40);
    const Json stats = data("stats");
    EXPECT_EQ(stats["received"], Json({{"packets", 2}, {"bytes", 160}}));
    EXPECT_EQ(stats["short_way"], 5);
    EXPECT_EQ(stats["long_way"], 2);
    EXPECT_EQ(stats["drops"], Json({{"ttl_exceeded", 3}}));
    EXPECT_EQ(stats["dropped"], 3);
    EXPECT_EQ(stats["handled"], Json({{"consumed", 9}}));
    EXPECT_EQ(stats["hooks"]["FORWARD"]["bytes"], 40);
    EXPECT_EQ(stats["interfaces"][0]["device_counters"]["missed"], 4);
    EXPECT_FALSE(stats["interfaces"][2].contains("device_counters"));
    EXPECT_GT(data("stats", {{"all", true}})["drops"].size(), 40U);
    const std::string said = text("stats");
    EXPECT_NE(said.find("ttl_exceeded"), std::string::npos) << said;
}

TEST_F(MethodsTest, methods_refuse_parameters_that_they_do_not_know) {
    for (const auto& [name, method] : methods_) {
        const MethodResult made = method({{"no_such_parameter", 1}});
        ASSERT_FALSE(made.has_value()) << name;
        EXPECT_EQ(made.error().code, ErrorCode::invalid_params) << name;
        EXPECT_FALSE(method(Json::array({1})).has_value()) << name;
    }
}

TEST_F(MethodsTest, reload_says_what_was_wrong) {
    EXPECT_EQ(text("reload"), "test.toml reloaded\n");
    router_.reload_fault = "rules.v4:3:5: error: a\nrules.v4:4:5: error: b";
    const std::string why = refused("reload");
    EXPECT_NE(why.find("nothing has changed"), std::string::npos);
    EXPECT_NE(why.find("\nrules.v4:3:5: error: a\nrules.v4:4:5: error: b"), std::string::npos);
    EXPECT_EQ(router_.reloads, 2);
}

// HOOK-5
TEST_F(MethodsTest, iptables_lists_as_iptables_does) {
    EXPECT_EQ(text("iptables.list", {{"chain", "FORWARD"}, {"numeric", true}, {"verbose", 1}}),
              "Chain FORWARD (policy DROP 1 packets, 60 bytes)\n"
              " pkts bytes target     prot opt in     out     source               destination         \n"
              "    5   500 ACCEPT     0    --  *      *       0.0.0.0/0            0.0.0.0/0            "
              "ctstate RELATED,ESTABLISHED\n"
              "    3  123M proxy      0    --  lan    *       0.0.0.0/0            0.0.0.0/0           \n");
    EXPECT_NE(
        text("iptables.list", {{"chain", "FORWARD"}, {"verbose", 1}, {"exact", true}, {"line_numbers", true}})
            .find("\n2           3 123456789 proxy"),
        std::string::npos);
    EXPECT_EQ(text("iptables.list_rules", {{"chain", "FORWARD"}, {"verbose", 1}}),
              "-P FORWARD DROP -c 1 60\n"
              "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -c 5 500 -j ACCEPT\n"
              "-A FORWARD -i lan -c 3 123456789 -j proxy\n");
    EXPECT_EQ(text("iptables.list_rules", {{"chain", "FORWARD"}, {"rule", "2"}}),
              "-A FORWARD -i lan -j proxy\n");
    const Json rules = data("iptables.list", {{"chain", "FORWARD"}})["chains"][0]["rules"];
    EXPECT_EQ(
        rules[1],
        Json({{"number", 2}, {"rule", "-A FORWARD -i lan -j proxy"}, {"packets", 3}, {"bytes", 123456789}}));
}

TEST_F(MethodsTest, iptables_refuses_what_is_not_there) {
    EXPECT_NE(refused("iptables.list", {{"chain", "NOPE"}}), "");
    EXPECT_NE(refused("iptables.list", {{"table", "nope"}}).find("'nope' does not exist"), std::string::npos);
    EXPECT_NE(refused("iptables.save", {{"table", "nope"}}), "");
    EXPECT_NE(refused("iptables.list", {{"rule", 1}}), "");
    EXPECT_NE(refused("iptables.list", {{"chain", "INPUT"}, {"rule", 0}}), "");
    EXPECT_NE(text("iptables.list", {{"table", "mangle"}}).find("Chain POSTROUTING"), std::string::npos);
}

// OPS-5
TEST_F(MethodsTest, iptables_save_gives_the_file_with_or_without_counters) {
    const std::string plain = text("iptables.save");
    EXPECT_NE(plain.find("*nat\n"), std::string::npos);
    EXPECT_NE(plain.find("\n-A POSTROUTING -o wan -j MASQUERADE\n"), std::string::npos);
    const std::string counted = text("iptables.save", {{"counters", true}, {"table", "nat"}});
    EXPECT_NE(counted.find("\n[2:120] -A POSTROUTING"), std::string::npos);
    EXPECT_EQ(counted.find("*filter"), std::string::npos);
    EXPECT_EQ(data("iptables.save").size(), 2U);
}

TEST_F(MethodsTest, connections_are_listed_as_conntrack_does) {
    router_.add_connection(4000);
    router_.add_connection(4001, true);
    const Json said = result("conntrack.list");
    EXPECT_EQ(said["note"], "conntrack v1.4.7 (conntrack-tools): 2 flow entries have been shown.\n");
    EXPECT_NE(said["text"].get<std::string>().find(
                  "udp      17 30 src=10.0.0.5 dst=8.8.8.8 sport=4000 dport=53 [UNREPLIED] "
                  "src=8.8.8.8 dst=10.0.0.5 sport=53 dport=4000 mark=0 use=1\n"),
              std::string::npos)
        << said;
    const Json list = data("conntrack.list");
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0]["original"]["dst"], "8.8.8.8");
    EXPECT_EQ(text("conntrack.count"), "2\n");
    EXPECT_EQ(data("conntrack.count")["max"], 20'000);
}

TEST_F(MethodsTest, the_filters_of_conntrack_hold_together) {
    router_.add_connection(4000);
    router_.add_connection(4001);
    const auto found = [&](Json filter) { return data("conntrack.list", std::move(filter)).size(); };
    EXPECT_EQ(found({{"protocol", "udp"}}), 2U);
    EXPECT_EQ(found({{"protocol", "17"}, {"source_port", "4000"}}), 1U);
    EXPECT_EQ(found({{"protocol", "udp"}, {"destination_port", 53}, {"source", "10.0.0.0/24"}}), 2U);
    EXPECT_EQ(found({{"protocol", "tcp"}}), 0U);
    EXPECT_EQ(found({{"source", "10.0.0.6"}}), 0U);
    EXPECT_EQ(found({{"reply_source", "8.8.8.8"}, {"reply_destination", "10.0.0.5"}}), 2U);
    EXPECT_EQ(found({{"destination", "8.8.4.4"}}), 0U);
    EXPECT_EQ(found({{"family", "ipv6"}}), 0U);
    for (const Json& bad : {Json{{"protocol", "foo"}}, Json{{"source", "10.0.0.300"}},
                            Json{{"source_port", "5"}}, Json{{"protocol", "icmp"}, {"source_port", "5"}},
                            Json{{"protocol", "udp"}, {"source_port", "70000"}}, Json{{"family", "ipx"}}}) {
        EXPECT_NE(refused("conntrack.list", bad), "") << bad;
    }
}

TEST_F(MethodsTest, connections_are_found_by_what_they_are) {
    router_.add_connection(4000);
    router_.add_connection(4001, true);
    const auto found = [&](Json filter) { return data("conntrack.list", std::move(filter)).size(); };
    EXPECT_EQ(found({{"mark", "0"}}), 2U);
    EXPECT_EQ(found({{"mark", "1/0x1"}}), 0U);
    EXPECT_EQ(found({{"status", "SEEN_REPLY"}}), 1U);
    EXPECT_EQ(found({{"status", "UNREPLIED"}}), 1U);
    EXPECT_EQ(found({{"status", "ASSURED,SEEN_REPLY"}}), 0U);
    EXPECT_EQ(found({{"source_nat", true}}), 0U);
    EXPECT_EQ(found({{"protocol", "udp"}, {"reply_destination_port", 4001}}), 1U);
    EXPECT_EQ(found({{"protocol", "tcp"}, {"state", "ESTABLISHED"}}), 0U);
    EXPECT_EQ(text("conntrack.list", {{"extended", true}}).find("ipv4     2 udp      17 "), 0U);
    for (const Json& bad : {Json{{"mark", "x"}}, Json{{"mark", "1/"}}, Json{{"status", "FOO"}},
                            Json{{"state", "CLOSE"}}, Json{{"reply_source_port", "5"}}}) {
        EXPECT_NE(refused("conntrack.list", bad), "") << bad;
    }
}

TEST_F(MethodsTest, labels_of_connections_are_shown_and_asked_for) {
    router_.add_connection(4000);
    router_.add_connection(4001);
    conntrack::Cursor cursor;
    conntrack::Connection<net::Ipv4>& first = *router_.connections->step(cursor, base::ticks_from_ns(router_.now_ns));
    router_.connections->begin_labels(first);
    router_.connections->labels(first)->set(5);
    router_.connections->labels(first)->set(64);
    const auto found = [&](const char* labels) { return data("conntrack.list", {{"label", labels}}); };
    ASSERT_EQ(found("5").size(), 1U);
    EXPECT_EQ(found("5")[0]["labels"], (Json{5, 64}));
    EXPECT_EQ(found("64,5").size(), 1U);
    EXPECT_EQ(found("5,6").size(), 0U);
    EXPECT_NE(refused("conntrack.list", {{"label", "128"}}).find("unknown label '128'"), std::string::npos);
    EXPECT_NE(refused("conntrack.list", {{"label", "5,nobody"}}).find("unknown label 'nobody'"), std::string::npos);
}

TEST_F(MethodsTest, connections_are_deleted_by_filter_and_shown) {
    router_.add_connection(4000);
    router_.add_connection(4001);
    const Json said = result("conntrack.delete", {{"protocol", "udp"}, {"source_port", "4000"}});
    EXPECT_EQ(said["note"], "conntrack v1.4.7 (conntrack-tools): 1 flow entries have been deleted.\n");
    EXPECT_NE(said["text"].get<std::string>().find("sport=4000"), std::string::npos);
    EXPECT_EQ(said["status"], 0);
    EXPECT_EQ(text("conntrack.count"), "1\n");
    EXPECT_EQ(result("conntrack.delete", {{"protocol", "tcp"}})["status"], 1);
    EXPECT_EQ(data("conntrack.delete")["removed"], 1);
    EXPECT_EQ(text("conntrack.count"), "0\n");
}

TEST_F(MethodsTest, ten_thousand_connections_are_listed_and_flushed_in_turns) {
    for (std::uint16_t port = 1; port <= 10'000; ++port) {
        router_.add_connection(port);
    }
    const std::string list = text("conntrack.list");
    EXPECT_EQ(std::count(list.begin(), list.end(), '\n'), 10'000);
    EXPECT_GT(turns_, 10);
    EXPECT_EQ(data("conntrack.list", {{"protocol", "udp"}, {"source_port", 77}}).size(), 1U);
    EXPECT_EQ(result("conntrack.flush")["note"],
              "conntrack v1.4.7 (conntrack-tools): connection tracking table has been emptied.\n");
    EXPECT_GT(turns_, 4);
    EXPECT_EQ(data("conntrack.list").size(), 0U);
    EXPECT_NE(text("conntrack.stats").find("cpu=0   \tfound=0 invalid=0 insert=10000 insert_failed=0"),
              std::string::npos);
}

// As iproute2 prints the same routes of a kernel.
TEST_F(MethodsTest, routes_are_shown_as_ip_does) {
    EXPECT_EQ(text("ip.route.show"),
              "default via 203.0.113.1 dev wan \n"
              "10.0.0.0/24 dev lan proto kernel scope link src 10.0.0.1 \n"
              "10.0.0.0/8 via 203.0.113.9 dev wan \n"
              "10.1.0.0/16 via 10.0.0.9 dev lan \n"
              "10.2.3.4 dev wan scope link \n"
              "10.5.0.0/16 \n"
              "\tnexthop via 10.0.0.2 dev lan weight 1 \n"
              "\tnexthop via 203.0.113.3 dev wan weight 1 \n"
              "10.9.0.0/16 dev wan scope link \n"
              "blackhole 10.66.0.0/16 \n"
              "unreachable 10.67.0.0/16 \n"
              "prohibit 10.68.0.0/16 \n"
              "203.0.113.0/24 dev wan proto kernel scope link src 203.0.113.2 \n");
    EXPECT_EQ(text("ip.route.show", {{"dev", "lan"}}),
              "10.0.0.0/24 proto kernel scope link src 10.0.0.1 \n"
              "10.1.0.0/16 via 10.0.0.9 \n");
    EXPECT_EQ(data("ip.route.show")[0],
              Json({{"dst", "default"}, {"gateway", "203.0.113.1"}, {"dev", "wan"}}));
    EXPECT_EQ(refused("ip.route.show", {{"dev", "none"}}), "Cannot find device \"none\"");
}

TEST_F(MethodsTest, neighbours_are_shown_as_ip_does) {
    EXPECT_EQ(text("ip.neigh.show"),
              "10.0.0.9 dev lan lladdr 02:00:00:00:00:09 PERMANENT \n"
              "203.0.113.1 dev wan INCOMPLETE \n");
    EXPECT_EQ(text("ip.neigh.show", {{"dev", "lan"}}), "10.0.0.9 lladdr 02:00:00:00:00:09 PERMANENT \n");
    EXPECT_EQ(data("ip.neigh.show")[1]["state"], Json::array({"INCOMPLETE"}));
}

TEST_F(MethodsTest, interfaces_are_shown_as_ip_does) {
    EXPECT_EQ(
        text("ip.addr.show", {{"dev", "lan"}}),
        "1: lan: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000\n"
        "    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff\n"
        "    inet 10.0.0.1/24 brd 10.0.0.255 scope global lan\n"
        "       valid_lft forever preferred_lft forever\n"
        "    inet 10.0.0.77/24 brd 10.0.0.255 scope global secondary lan\n"
        "       valid_lft forever preferred_lft forever\n");
    EXPECT_EQ(text("ip.link.show", {{"dev", "wan"}}),
              "2: wan: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN mode DEFAULT "
              "group default "
              "qlen 1000\n"
              "    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff\n");
    EXPECT_NE(text("ip.addr.show").find("3: dmz.5@lan: <"), std::string::npos);
    EXPECT_NE(text("ip.addr.show").find("inet 10.5.5.1/32 scope global dmz.5\n"), std::string::npos);
    EXPECT_EQ(data("ip.addr.show")[0]["addr_info"][1]["secondary"], true);
}

TEST_F(MethodsTest, trace_shows_what_came_since) {
    router_.traced.add("TRACE: before");
    const Json begin = result("trace");
    EXPECT_EQ(begin, (Json{{"text", ""}, {"next", 1}, {"lost", 0}}));
    router_.traced.add("TRACE: a");
    router_.traced.add("TRACE: b");
    EXPECT_EQ(result("trace", {{"after", 1}}), (Json{{"text", "TRACE: a\nTRACE: b\n"}, {"next", 3}, {"lost", 0}}));
    EXPECT_EQ(result("trace", {{"after", 3}}), (Json{{"text", ""}, {"next", 3}, {"lost", 0}}));
    EXPECT_EQ(result("trace", {{"after", 99}})["next"], 3) << "of a router that has been started again";
    for (std::size_t i = 0; i < TraceTail::kMostLines; ++i) {
        router_.traced.add(std::string(100, 'x'));
    }
    const Json piece = result("trace", {{"after", 2}});
    EXPECT_EQ(piece["lost"], 1);
    const auto shown = piece["text"].get<std::string>().size() / 101;
    EXPECT_EQ(piece["next"], 3 + shown) << "and the rest with the next call";
    EXPECT_LT(shown, 700U);
}

TEST_F(MethodsTest, recent_shows_and_changes_lists_as_the_kernels_files_do) {  // MAT-5, OPS-1
    std::vector<acl::keyed::Book::Lease> leases;
    acl::keyed::RecentList& list = router_.keyed.recent("knock", 4, leases);
    EXPECT_EQ(text("recent.names"), "knock\n");
    EXPECT_EQ(data("recent.names"), Json({"knock"}));
    EXPECT_EQ(text("recent.show", {{"name", "knock"}}), "");
    const std::array<std::uint64_t, 1> key = {net::parse_ipv4("10.0.0.5")->host()};
    constexpr std::uint64_t kSecond_ns = 1'000'000'000;
    for (std::uint64_t second = 1; second <= 5; ++second) {
        EXPECT_TRUE(list.ask({}, key, 63, second * kSecond_ns));
    }
    router_.now_ns = 7 * kSecond_ns;
    EXPECT_EQ(text("recent.change", {{"name", "knock"}, {"change", "+10.0.0.4"}}), "");
    EXPECT_EQ(text("recent.show", {{"name", "knock"}}),
              "src=10.0.0.4 ttl: 0 last_seen: 7000 oldest_pkt: 1 7000\n"
              "src=10.0.0.5 ttl: 63 last_seen: 5000 oldest_pkt: 1 5000, 2000, 3000, 4000\n");
    EXPECT_EQ(data("recent.show", {{"name", "knock"}})[0],
              Json::parse(R"({"address":"10.0.0.4","ttl":0,"last_seen":7000,"oldest":1,"instants":[7000]})"));
    EXPECT_EQ(text("recent.change", {{"name", "knock"}, {"change", "-10.0.0.4"}}), "");
    EXPECT_EQ(data("recent.show", {{"name", "knock"}}).size(), 1U);
    EXPECT_EQ(text("recent.change", {{"name", "knock"}, {"change", "/"}}), "");
    EXPECT_EQ(text("recent.show", {{"name", "knock"}}), "");
    for (const char* wrong : {"", "10.0.0.4", "+10.0.0", "+", "//"}) {
        EXPECT_NE(refused("recent.change", {{"name", "knock"}, {"change", wrong}}).find("need +ADDRESS"), std::string::npos)
            << wrong;
    }
    EXPECT_NE(refused("recent.show", {{"name", "other"}}).find("no list 'other'"), std::string::npos);
}

}  // namespace
}  // namespace sluice::ctrlplane::control
