// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>

#include "checking.h"

namespace sluice::ctrlplane::config {
namespace {

using ::testing::ElementsAreArray;

constexpr std::string_view kManyFaults = R"([runtime]
main-core      = 5000
worker-cores   = [1, 2, 1]
hugepage       = true
memory         = "1 GB"
idle           = "slepp"
short-way      = "yes"
control-socket = "run/control.sock"
metrics        = "127.0.0.1:9105"
host-namespace = "sluice"

[[interface]]
name      = "wan"
device    = "eth0"
address   = ["203.0.113.2/24", "2001:db8::2/64", "203.0.113.999/24"]
mac       = "02-00-00-00-00-01"
mtu       = 20
host      = true

[[interface]]
name    = "wan"
device  = "net_null"
adress  = ["10.0.0.1/24"]
vrf     = "blue"

[[interface]]
name    = "a-very-long-name"
vlan    = 5000
parent  = "vlan0"

[[interface]]
vlan    = 7

[[interface]]
name    = "lan"
device  = "net_af_packet,iface=l"
address = ["203.0.113.9/25"]

[[route]]
to  = "0.0.0.0/0"
via = "192.0.2.1"

[[route]]
to  = "10.0.0.1/8"
dev = "lna"
table = 100

[[rule]]
priority = 100

[conntrack]
strict   = "very"
timeouts = "rfcs"

[sysctl]
"net.ipv4.ip_forwarding" = 1
"net.netfilter.nf_conntrack_udp_timeout" = -1
"net.netfilter.nf_conntrack_log_invalid" = 1

[ipset.blocked]
domains = ["example.com"]

[firewall]
rules6 = "rules.v6"
[firewall.mangle]
FORWARD = []
[firewall.filter]
policy = { INPUT = "REJECT" }
INPUT = ["-j ACCEPT", 7]
[firewal]
)";

constexpr std::string_view kWhatIsSaid[] = {
    R"(2:18: error: main-core must be from 0 to 1023, not 5000)",
    R"(3:25: error: core 1 stands twice in worker-cores; each has one worker)",
    R"(4:1: error: unknown key "hugepage" in [runtime]; the nearest known one is "hugepages")",
    R"(5:18: error: memory "1 GB" is not an amount; write a whole number and M or G, such as "512M" or "1G")",
    R"(6:18: error: idle must be one of "spin", "pause", "sleep", not "slepp"; the nearest known one is "sleep")",
    R"(7:18: error: short-way must be true or false, not a string)",
    R"(8:18: error: control-socket "run/control.sock" must be an absolute path, beginning with a slash)",
    R"(9:1: error: metrics is refused: the Prometheus endpoint is not built yet; `sluicectl -j stats` gives the figures)",
    R"(10:1: error: host-namespace is refused: interfaces shared with the kernel are not built yet)",
    R"(14:13: error: device "eth0" is neither a PCI address, such as "0000:03:00.0", nor a DPDK vdev, such as "net_af_xdp,iface=eth1")",
    R"(15:32: error: address "2001:db8::2/64" is an IPv6 address: IPv6 is not built yet)",
    R"(15:50: error: address "203.0.113.999/24" is not an IPv4 address with a length from 0 to 32, such as "192.0.2.1/24")",
    R"(16:13: error: mac "02-00-00-00-00-01" is not an Ethernet address; write it as "02:00:00:00:00:01")",
    R"(17:13: error: mtu must be from 68 to 65535, not 20)",
    R"(18:13: error: host = true is refused: interfaces shared with the kernel are not built yet)",
    R"(21:11: error: name "wan" is taken by the interface of line 12)",
    R"(23:1: error: unknown key "adress" in [[interface]]; the nearest known one is "address")",
    R"(24:1: error: vrf is refused: only the main routing instance is built yet)",
    R"(27:11: error: name "a-very-long-name" has 16 bytes; an interface's name has at most 15)",
    R"(28:11: error: vlan must be from 1 to 4094, not 5000)",
    R"(29:11: error: parent "vlan0" is no interface of this file; the nearest known one is "lan")",
    R"(31:1: error: [[interface]] has no name; give it one, such as name = "wan")",
    R"(32:1: error: a VLAN needs its parent; add parent = "NAME" of the interface it runs on)",
    R"(37:12: error: address 203.0.113.9/25 overlaps with 203.0.113.2/24 of the interface "wan"; each network belongs to one interface)",
    R"(41:7: error: via 192.0.2.1 is on no network of an interface; a gateway must be reached directly)",
    R"(44:7: error: to "10.0.0.1/8" has bits set beyond its length; the network is "10.0.0.0/8")",
    R"(45:7: error: dev "lna" is no interface of this file; the nearest known one is "lan")",
    R"(46:9: error: only the table "main" (254) is built yet; others come with policy routing)",
    R"(48:3: error: rule is refused: policy routing is not built yet; all routes are in the main table)",
    R"(52:12: error: strict must be true or false, not a string)",
    R"(53:12: error: timeouts must be one of "kernel", "rfc", not "rfcs"; the nearest known one is "rfc")",
    R"(56:1: error: unknown sysctl "net.ipv4.ip_forwarding"; the nearest known one is "net.ipv4.ip_forward")",
    R"(57:44: error: net.netfilter.nf_conntrack_udp_timeout must be from 1 to 21000000, not -1)",
    R"(58:44: error: net.netfilter.nf_conntrack_log_invalid = 1 is refused: not built yet; only 0 is accepted)",
    R"(60:1: error: [ipset.blocked] has no type; give it one, such as type = "hash:net")",
    R"(61:1: error: domains is refused: filling a set from DNS answers is not built yet)",
    R"(64:1: error: rules6 is refused: IPv6 is not built yet)",
    R"(68:20: error: the policy of INPUT must be "ACCEPT" or "DROP", not "REJECT")",
    R"(69:23: error: a rule must be a string, what follows `-A INPUT`, not an integer)",
    R"(70:2: error: unknown key "firewal" in the file; the nearest known one is "firewall")",
};

TEST(Faults, a_file_of_many_gives_a_good_message_for_each_at_its_place) {
    std::vector<std::string> expected;
    for (const std::string_view line : kWhatIsSaid) {
        expected.push_back("t.toml:" + std::string(line));
    }
    EXPECT_THAT(said_about(kManyFaults), ElementsAreArray(expected));
}

TEST(Faults, leave_no_configuration) {
    EXPECT_FALSE(check_config(kManyFaults, "t.toml", no_files).config);
}

std::string first_said(std::string_view text) {
    const auto said = said_about(text);
    return said.empty() ? "" : said.front();
}

TEST(Faults, sections_written_with_the_wrong_brackets_are_named) {
    EXPECT_EQ(first_said("[interface]\nname = \"wan\"\n"),
              "t.toml:1:2: error: interface is a list of tables; write [[interface]], in two brackets");
    EXPECT_EQ(first_said("[[runtime]]\n"),
              "t.toml:1:3: error: runtime must be a table, written [runtime], not a list");
    EXPECT_EQ(
        first_said("interface = [5]\n"),
        "t.toml:1:14: error: interface is a list of tables, and this is an integer; write [[interface]]");
}

TEST(Faults, of_types_say_what_stands_there) {
    EXPECT_EQ(first_said("[runtime]\nmemory = 1.5\n"),
              "t.toml:2:10: error: memory must be a string, not a number with a fraction");
    EXPECT_EQ(first_said("[runtime]\nmemory = 2024-01-01\n"),
              "t.toml:2:10: error: memory must be a string, not a date or time");
    EXPECT_EQ(
        first_said("[runtime]\nworker-cores = 3\n"),
        "t.toml:2:16: error: worker-cores must be a list of core numbers, such as [1, 2], not an integer");
    EXPECT_EQ(first_said("[runtime]\nworker-cores = []\n"),
              "t.toml:2:16: error: worker-cores is empty; at least one worker is needed");
    EXPECT_EQ(first_said("[runtime]\neal-args = [\"\"]\n"),
              "t.toml:2:13: error: eal-args is empty; leave the key out instead");
    EXPECT_EQ(first_said("[runtime]\ncontrol-socket = \"/a\\tb\"\n"),
              "t.toml:2:18: error: control-socket \"/a\\x09b\" has a control character in it");
}

TEST(Faults, of_amounts_of_memory) {
    for (const std::string_view amount : {"1", "1K", "G", "-1G", "1GiB", "99999999999999999999G", "1.5G"}) {
        EXPECT_NE(
            first_said("[runtime]\nmemory = \"" + std::string(amount) + "\"\n").find("is not an amount"),
            std::string::npos)
            << amount;
    }
    EXPECT_EQ(first_said("[runtime]\nmemory = \"63M\"\n"),
              "t.toml:2:10: error: memory must be from \"64M\" to \"1024G\", not \"63M\"");
    EXPECT_NE(first_said("[runtime]\nmemory = \"1025G\"\n"), "");
}

TEST(Faults, of_a_socket_path_longer_than_the_kernel_takes) {
    const std::string path = "/" + std::string(106, 's');
    EXPECT_EQ(
        first_said("[runtime]\ncontrol-socket = \"" + path + "s\"\n"),
        "t.toml:2:18: error: control-socket has 108 bytes; the kernel takes a socket's path of at most 107");
    EXPECT_EQ(sound("[runtime]\ncontrol-socket = \"" + path + "\"\n").runtime().control_socket.value, path);
}

TEST(Faults, of_vlans) {
    constexpr std::string_view kLan = "[[interface]]\nname = \"lan\"\ndevice = \"net_null\"\nmtu = 1400\n";
    const auto with_lan = [&](std::string_view more) {
        return first_said(std::string(kLan) + std::string(more));
    };
    EXPECT_EQ(with_lan("[[interface]]\nname = \"v\"\nvlan = 1\nparent = \"lan\"\ndevice = \"net_null\"\n"),
              "t.toml:9:1: error: device cannot stand with a VLAN, which has that of its parent");
    EXPECT_EQ(with_lan("[[interface]]\nname = \"v\"\nvlan = 1\nparent = \"v\"\n"),
              "t.toml:8:10: error: parent \"v\" is the VLAN itself; a VLAN needs an interface with a device "
              "of its own");
    EXPECT_EQ(with_lan("[[interface]]\nname = \"v\"\nvlan = 1\nparent = \"lan\"\n"
                       "[[interface]]\nname = \"w\"\nvlan = 1\nparent = \"lan\"\n"),
              "t.toml:11:8: error: VLAN 1 of \"lan\" is taken by the interface \"v\" of line 5");
    EXPECT_EQ(with_lan("[[interface]]\nname = \"v\"\nvlan = 1\nparent = \"lan\"\n"
                       "[[interface]]\nname = \"w\"\nvlan = 2\nparent = \"v\"\n"),
              "t.toml:12:10: error: parent \"v\" is a VLAN too; a VLAN needs an interface with a device of "
              "its own");
    EXPECT_EQ(with_lan("[[interface]]\nname = \"v\"\nvlan = 1\nparent = \"lan\"\nmtu = 1401\n"),
              "t.toml:9:7: error: mtu 1401 is more than the 1400 of its parent \"lan\"");
    EXPECT_EQ(with_lan("[[interface]]\nname = \"v\"\nparent = \"lan\"\n"),
              "t.toml:7:1: error: parent is for a VLAN; add vlan = NUMBER, from 1 to 4094");
    EXPECT_EQ(with_lan("[[interface]]\nname = \"v\"\n"),
              "t.toml:5:1: error: [[interface]] has no device; give it one, such as device = "
              "\"net_af_xdp,iface=eth1\"");
}

TEST(Faults, of_names_of_interfaces) {
    const auto named = [](std::string_view name) {
        return first_said("[[interface]]\nname = \"" + std::string(name) + "\"\ndevice = \"net_null\"\n");
    };
    EXPECT_EQ(named("wan.100"), "");
    EXPECT_EQ(
        named("all"),
        "t.toml:2:8: error: name \"all\" is taken: the kernel and its sysctls mean something else by it");
    EXPECT_EQ(named("eth+"),
              "t.toml:2:8: error: name \"eth+\" ends in +, which rules take for \"any name that begins so\"");
    for (const std::string_view bad : {"a/b", "a b", "a:b", "a%d", "..", "\u00e4", "lo", "default"}) {
        EXPECT_NE(named(bad), "") << bad;
    }
}

}  // namespace
}  // namespace sluice::ctrlplane::config
