// SPDX-License-Identifier: BSD-3-Clause
#include "checking.h"
#include "ctrlplane/config/core_faults.h"

namespace sluice::ctrlplane::config {
namespace {

constexpr std::string_view kEveryKey = R"([runtime]
main-core      = 0
worker-cores   = [1, 2, 3]
hugepages      = false
memory         = "512M"
idle           = "sleep"
short-way      = false
control-socket = "/tmp/s.sock"
eal-args       = ["--log-level=8", "--no-telemetry"]

[[interface]]
name      = "wan"
device    = "0000:03:00.0"
address   = ["203.0.113.2/24", "203.0.113.3/24"]
mac       = "02:00:00:00:00:01"
mtu       = 9000
rx-queues = 3
host      = false

[[interface]]
name   = "guests"
vlan   = 100
parent = "lan"
address = "10.1.0.1/24"

[[interface]]
name   = "lan"
device = "net_af_xdp,iface=eth1"
mtu    = 1400
address = ["10.0.0.1/24"]

[[route]]
to  = "0.0.0.0/0"
via = "203.0.113.1"
table = "main"

[[neighbor]]
address = "10.0.0.9"
mac     = "02:00:00:00:00:09"
interface = "lan"

[conntrack]
strict   = true
timeouts = "kernel"

[sysctl]
"net.netfilter.nf_conntrack_max" = 1_000_000
"net.netfilter.nf_conntrack_udp_timeout" = 31
"net.netfilter.nf_conntrack_tcp_loose" = 0
"net.ipv4.conf.all.rp_filter" = 1
"net.ipv4.icmp_ratelimit" = 500

[firewall.nat]
POSTROUTING = ["-s 10.0.0.0/24 -o wan -j MASQUERADE"]
[firewall.filter]
policy  = { INPUT = "DROP", FORWARD = "DROP" }
FORWARD = ["-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT", "-i lan -j proxy"]
proxy   = ["-d 10.0.0.0/8 -j RETURN", "-j ACCEPT"]
)";

TEST(Reading, every_key_of_the_runtime) {
    const CheckedConfig config = sound(kEveryKey);
    const Runtime& runtime = config.runtime();
    ASSERT_EQ(runtime.worker_cores.size(), 3U);
    EXPECT_EQ(runtime.worker_cores[2].value, 3U);
    EXPECT_EQ(runtime.worker_cores[2].where.line, 3U);
    EXPECT_EQ(runtime.worker_cores[2].where.column, 25U);
    EXPECT_FALSE(runtime.hugepages);
    EXPECT_EQ(runtime.memory_bytes, std::uint64_t{512} << 20U);
    EXPECT_EQ(runtime.idle, Idle::sleep);
    EXPECT_FALSE(runtime.short_way);
    EXPECT_EQ(runtime.control_socket.value, "/tmp/s.sock");
    EXPECT_EQ(runtime.eal_args, (std::vector<std::string>{"--log-level=8", "--no-telemetry"}));
}

TEST(Reading, every_key_of_interfaces) {
    const CheckedConfig config = sound(kEveryKey);
    ASSERT_EQ(config.interfaces().size(), 3U);
    const CheckedInterface& wan = config.interfaces()[0];
    ASSERT_TRUE(wan.device);
    EXPECT_EQ(wan.device->value, (Device{Device::Kind::pci, "0000:03:00.0", ""}));
    EXPECT_EQ(wan.device->where.line, 13U);
    ASSERT_EQ(wan.addresses.size(), 2U);
    EXPECT_EQ(net::to_string(wan.addresses[1].value), "203.0.113.3/24");
    EXPECT_EQ(wan.addresses[1].where.column, 32U);
    ASSERT_TRUE(wan.mac);
    EXPECT_EQ(net::to_string(wan.mac->value), "02:00:00:00:00:01");
    EXPECT_EQ(wan.mtu_bytes.value, 9000);
    ASSERT_TRUE(wan.rx_queues);
    EXPECT_EQ(wan.rx_queues->value, 3);
}

TEST(Reading, a_vlan_takes_device_and_mtu_from_a_parent_that_stands_below) {
    const CheckedConfig config = sound(kEveryKey);
    const CheckedInterface* guests = config.find_interface("guests");
    ASSERT_NE(guests, nullptr);
    EXPECT_FALSE(guests->device);
    EXPECT_EQ(guests->vlan, 100);
    EXPECT_EQ(config.interface(guests->parent).name, "lan");
    EXPECT_EQ(guests->mtu_bytes.value, 1400);
}

TEST(Reading, routes_neighbours_and_sysctls) {
    const CheckedConfig config = sound(kEveryKey);
    ASSERT_EQ(config.routes().size(), 1U);
    ASSERT_EQ(config.routes()[0].hops.size(), 1U);
    EXPECT_EQ(config.interface(config.routes()[0].hops[0].interface).name, "wan");
    ASSERT_EQ(config.neighbors().size(), 1U);
    EXPECT_EQ(net::to_string(config.neighbors()[0].address), "10.0.0.9");
    EXPECT_EQ(net::to_string(config.neighbors()[0].mac), "02:00:00:00:00:09");
    EXPECT_EQ(config.interface(config.neighbors()[0].interface).name, "lan");
    EXPECT_EQ(config.sysctls().conntrack_max, 1'000'000U);
    EXPECT_EQ(config.sysctls().udp_timeout_s, 31U);
    EXPECT_EQ(config.sysctls().tcp_loose, 0U);
    EXPECT_TRUE(config.tracking().strict);
    EXPECT_EQ(config.sysctls().icmp_ratelimit_ms, 500U);
    EXPECT_EQ(config.interfaces()[0].sysctls.rp_filter, 1);
}

// CT-5
TEST(Reading, timeout_policies) {
    const CheckedConfig config = sound(R"(
[conntrack.timeout.fast]
protocol = "tcp"
established = 100
syn_sent2 = 7
[conntrack.timeout."a b"]
protocol = "generic"
)");
    const auto& policies = config.tracking().timeouts;
    ASSERT_EQ(policies.size(), 2U);
    EXPECT_EQ(policies[0].name.value, "fast");
    EXPECT_EQ(policies[0].protocol, 6);
    ASSERT_EQ(policies[0].timeouts.size(), 2U);
    EXPECT_EQ(policies[0].timeouts[0].field, &conntrack::Timeouts::tcp_timeout_established);
    EXPECT_EQ(policies[0].timeouts[0].seconds, 100U);
    EXPECT_EQ(policies[1].protocol, conntrack::kGenericProtocol);
    EXPECT_EQ(said_about("[conntrack.timeout.x]\nprotocol = \"tcp\"\nestablishd = 5\nclose = 0\n"),
              (std::vector<std::string>{
                  "t.toml:3:1: error: unknown key \"establishd\" in [conntrack.timeout.x]; the nearest known one is \"established\"",
                  "t.toml:4:9: error: close must be from 1 to 21000000, not 0"}));
    EXPECT_EQ(said_about("[conntrack.timeout.x]\nprotocol = \"dccp\"\n").size(), 1U);
    EXPECT_EQ(said_about("[conntrack.timeout.x]\nestablished = 5\n").size(), 1U);
    EXPECT_EQ(said_about("[conntrack]\ntimeout = { x = 5 }\n"),
              (std::vector<std::string>{"t.toml:2:17: error: conntrack.timeout.x must be a table, such as "
                                        "[conntrack.timeout.x], not an integer"}));
}

TEST(Reading, the_file_of_nflog) {
    EXPECT_FALSE(sound("").nflog());
    const auto nflog = sound("[nflog]\nfile = \"/var/log/n.pcapng\"\nsize = \"2M\"\nfiles = 7\n").nflog();
    ASSERT_TRUE(nflog);
    EXPECT_EQ(*nflog, (NflogFile{"/var/log/n.pcapng", 2U << 20U, 7}));
    EXPECT_EQ(sound("[nflog]\nfile = \"/n\"\n").nflog()->size_bytes, 64U << 20U);
}

TEST(Reading, memory_in_gibibytes) {
    EXPECT_EQ(sound("[runtime]\nmemory = \"4G\"").runtime().memory_bytes, std::uint64_t{4} << 30U);
}

TEST(Reading, a_file_that_is_not_there_is_an_error_that_names_it) {
    const LoadedConfig loaded = load_config("/nonexistent/sluice.toml");
    EXPECT_FALSE(loaded.config);
    ASSERT_EQ(loaded.diagnostics.size(), 1U);
    EXPECT_EQ(to_string(loaded.diagnostics[0]),
              "/nonexistent/sluice.toml: error: cannot be read: No such file or directory");
}

TEST(Reading, a_folder_is_no_configuration) {
    const LoadedConfig loaded = load_config("/");
    EXPECT_FALSE(loaded.config);
    EXPECT_EQ(to_string(loaded.diagnostics.at(0)), "/: error: is a directory, not a file");
}

TEST(Reading, a_rules_file_must_be_regular) {
    const auto text = read_regular_file("/dev/zero");
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().message, "is not a regular file");
}

TEST(Cores, that_the_machine_lacks_are_faults_of_the_severity_asked_for) {
    const CheckedConfig config = sound(kEveryKey);
    const auto faults = core_faults(config, {0, 1}, base::Diagnostic::Severity::error);
    ASSERT_EQ(faults.size(), 2U);
    EXPECT_EQ(to_string(faults[0]),
              "t.toml:3:22: error: core 2 is not usable on this machine; these are: 0, 1");
    EXPECT_EQ(to_string(core_faults(config, {0, 1}, base::Diagnostic::Severity::warning)[1]),
              "t.toml:3:25: warning: core 3 is not usable on this machine; these are: 0, 1");
    EXPECT_FALSE(usable_cores().empty());
}

TEST(Cores, a_spinning_worker_on_the_main_core_is_a_warning) {
    const CheckedConfig config = sound("[runtime]\nworker-cores = [0]\n");
    const auto faults = core_faults(config, {0, 1}, base::Diagnostic::Severity::error);
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_FALSE(has_error(faults));
    const CheckedConfig sleeping = sound("[runtime]\nworker-cores = [0]\nidle = \"sleep\"\n");
    EXPECT_TRUE(core_faults(sleeping, {0, 1}, base::Diagnostic::Severity::error).empty());
}

}  // namespace
}  // namespace sluice::ctrlplane::config
