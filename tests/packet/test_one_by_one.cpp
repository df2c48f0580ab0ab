// SPDX-License-Identifier: BSD-3-Clause
/// Differences that the slow router has found (tests/model), each with what the kernel does.
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

TEST(OneByOne, takes_two_ends_that_speak_first_in_one_burst_for_one_connection) {  // CT-1, NAT-2
    World world(gateway(R"(
[sysctl]
"net.ipv4.conf.all.send_redirects" = 0
"net.ipv4.conf.default.send_redirects" = 0
[firewall.nat]
PREROUTING = []
)"));
    world.send_burst("dmz", {packet().ip("172.16.0.10", "172.16.0.11").udp(4000, 53).payload("first"),
                             packet().ip("172.16.0.11", "172.16.0.10").udp(53, 4000).payload("second")});
    world.expect("dmz", {ip_src("172.16.0.10"), udp_ports(4000, 53)});
    world.expect("dmz", {ip_src("172.16.0.11"), udp_ports(53, 4000), payload_is("second")});
    world.expect_nothing_more();
    EXPECT_EQ(world.router().connections(), 1U);
}

TEST(OneByOne, rejects_a_cut_off_header_silently_unless_what_is_left_adds_up) {  // TGT-1, CT-4
    World world(gateway(R"(
[firewall.filter]
INPUT = ["-j REJECT"]
)"));
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").protocol(6).payload(Bytes(3)));
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").protocol(17).payload(Bytes(3)));
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").protocol(99).payload("no sum"));
    world.expect_nothing_more();
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").protocol(99).payload(Bytes(8)));
    world.expect("lan", {icmp_type(3, 3), valid_checksums()});
    world.expect_nothing_more();
}

TEST(OneByOne, translates_an_answer_that_quotes_less_than_eight_bytes_of_a_protocol_without_ports) {  // ICMP-1
    World world(gateway(R"(
[firewall.nat]
INPUT = ["-j SNAT --to-source 172.16.0.1"]
)"));
    world.send("lan", packet().ip("10.0.0.5", "10.0.0.1").protocol(99).payload("abc"));
    world.expect("lan", {ip_src("10.0.0.1"), ip_dst("10.0.0.5"), icmp_type(3, 2), quoted({ip_src("10.0.0.5")}),
                         valid_checksums()});
    world.expect_nothing_more();
}

}  // namespace
}  // namespace sluice::test
