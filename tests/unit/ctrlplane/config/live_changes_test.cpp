// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/live_changes.h"

#include "checking.h"

namespace sluice::ctrlplane::config {
namespace {

constexpr std::string_view kRunning = R"([runtime]
memory = "512M"
[[interface]]
name = "wan"
device = "net_null"
address = "203.0.113.2/24"
[[interface]]
name = "lan"
device = "net_af_packet,iface=l"
)";

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string result(text);
    const std::size_t at = result.find(from);
    EXPECT_NE(at, std::string::npos);
    return result.replace(at, from.size(), to);
}

std::vector<std::string> refused(const std::string& next) {
    return live_changes_refused(sound(kRunning), sound(next));
}

// OPS-2
TEST(LiveChanges, addresses_routes_neighbours_sysctls_and_rules_are_allowed) {
    EXPECT_TRUE(refused(std::string(kRunning)).empty());
    EXPECT_TRUE(
        refused(replaced(kRunning, "203.0.113.2/24", "203.0.113.3/25") +
                "address = \"10.0.0.1/24\"\n[[route]]\nto = \"0.0.0.0/0\"\nvia = \"203.0.113.1\"\n"
                "[[neighbor]]\naddress = \"10.0.0.9\"\nmac = \"02:00:00:00:00:09\"\ninterface = \"lan\"\n"
                "[sysctl]\n\"net.ipv4.ip_forward\" = 0\n\"net.ipv4.conf.all.rp_filter\" = 1\n"
                "[firewall.filter]\nINPUT = [\"-j DROP\"]\n")
            .empty());
}

TEST(LiveChanges, each_key_of_the_runtime_is_refused) {
    for (const std::string_view line :
         {"main-core = 3", "worker-cores = [2]", "hugepages = false", "idle = \"sleep\"", "short-way = false",
          "control-socket = \"/s\"", "eal-args = [\"-v\"]"}) {
        const auto sentences =
            refused(replaced(kRunning, "memory = \"512M\"", "memory = \"512M\"\n" + std::string(line)));
        ASSERT_EQ(sentences.size(), 1U) << line;
        EXPECT_EQ(sentences[0], "[runtime] " + std::string(line.substr(0, line.find(' '))) +
                                    " cannot change while running; restart the router");
    }
    EXPECT_EQ(refused(replaced(kRunning, "512M", "1G")).size(), 1U);
}

TEST(LiveChanges, interfaces_come_and_go_and_change_places_only_at_a_restart) {
    EXPECT_EQ(refused(std::string(kRunning) + "[[interface]]\nname = \"dmz\"\ndevice = \"net_null\"\n"),
              std::vector<std::string>{
                  "the interface \"dmz\" is new; interfaces cannot be added while running; restart "
                  "the router"});
    EXPECT_EQ(refused(replaced(kRunning, "name = \"lan\"", "name = \"lam\"")).size(), 2U);
    EXPECT_EQ(refused("[runtime]\nmemory = \"512M\"\n[[interface]]\nname = \"lan\"\ndevice = "
                      "\"net_af_packet,iface=l\"\n"
                      "[[interface]]\nname = \"wan\"\ndevice = \"net_null\"\n"),
              std::vector<std::string>{
                  "the order of the [[interface]] sections cannot change while running; restart the router"});
}

TEST(LiveChanges, what_a_device_was_started_with_is_refused) {
    for (const std::string_view line : {"mtu = 1400", "mac = \"02:00:00:00:00:01\"", "rx-queues = 2"}) {
        EXPECT_EQ(refused(std::string(kRunning) + std::string(line)).size(), 1U) << line;
    }
    EXPECT_EQ(refused(replaced(kRunning, "iface=l", "iface=m")),
              std::vector<std::string>{
                  "device of the interface \"lan\" cannot change while running; restart the router"});
    EXPECT_EQ(refused(std::string(kRunning) + "mtu = 1500").size(), 0U);
}

TEST(LiveChanges, the_file_of_nflog_is_refused) {
    const auto with = [](std::string_view keys) { return std::string(kRunning) + "[nflog]\nfile = \"/n\"\n" + std::string(keys); };
    EXPECT_EQ(refused(with("")), std::vector<std::string>{"[nflog] cannot change while running; restart the router"});
}

TEST(LiveChanges, the_size_of_the_connection_table_is_refused) {
    EXPECT_EQ(refused(std::string(kRunning) + "[sysctl]\n\"net.netfilter.nf_conntrack_max\" = 1000\n").size(),
              1U);
}

}  // namespace
}  // namespace sluice::ctrlplane::config
