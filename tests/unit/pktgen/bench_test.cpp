// SPDX-License-Identifier: BSD-3-Clause
#include "pktgen/bench.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sluice::pktgen {
namespace {

constexpr const char* kGateway = R"(
[runtime]
hugepages = false
memory    = "512M"
[[interface]]
name    = "lan"
device  = "net_null0"
address = ["10.0.0.1/24"]
[[interface]]
name    = "wan"
device  = "net_null1"
address = ["198.51.100.1/24"]
[[route]]
to  = "0.0.0.0/0"
via = "198.51.100.254"
[sysctl]
"net.netfilter.nf_conntrack_max" = 4096
[firewall.nat]
POSTROUTING = ["-o wan -j MASQUERADE"]
)";

// DPDK starts once a process: one run, and the errors in front of it.
TEST(Bench, faults_are_told_and_a_run_ends_with_all_its_packets_out) {
    const auto file = std::filesystem::temp_directory_path() / "sluice-bench-test.toml";
    std::ofstream(file) << "[runtime]\nhugepagess = false\n";
    BenchOptions options;
    options.config = file.string();
    const auto faulty = bench(options);
    ASSERT_FALSE(faulty.has_value());
    EXPECT_NE(faulty.error().message.find("hugepagess"), std::string::npos) << faulty.error().message;

    std::ofstream(file) << kGateway;
    options.scenario = "masquerade";
    options.flows = 200;
    options.seconds = 0.05;
    options.protocol = net::kProtocolTcp;
    const auto result = bench(options);
    std::filesystem::remove(file);
    ASSERT_TRUE(result.has_value()) << result.error().message;
    EXPECT_GE(result->packets, 512U);
    EXPECT_EQ(result->lost, 0U) << result->drops;
    EXPECT_EQ(result->connections, 200U);
    EXPECT_EQ(result->short_way_share, 1.0);
    EXPECT_GT(result->cycles_per_packet, result->floor_cycles_per_packet);
    const std::string json = json_of(options, *result);
    for (const char* key : {"\"scenario\":\"masquerade\"", "\"flows\":200", "\"size\":64", "\"packets\":",
                            "\"cycles_per_packet\":", "\"pipeline_cycles_per_packet\":", "\"mpps\":",
                            "\"connections_per_second\":", "\"bytes_per_connection\":"}) {
        EXPECT_NE(json.find(key), std::string::npos) << key << " is not in " << json;
    }
}

}  // namespace
}  // namespace sluice::pktgen
