// SPDX-License-Identifier: BSD-3-Clause
#include "tests/fuzz/world_under_fire.h"

#include <gtest/gtest.h>

#include "tests/packet/configs.h"

namespace sluice::fuzz {

test::World& WorldUnderFire::next() {
    if (world_ == nullptr || ++inputs_ == kInputsAWorld) {
        GTEST_FLAG_SET(break_on_failure, true);
        end();
        world_ = std::make_unique<test::World>(configuration());
        prepare_(*world_);
        inputs_ = 0;
    }
    return *world_;
}

void WorldUnderFire::end() {
    if (world_ != nullptr) {
        world_->pass(31);  // fragments that wait for others are given up
        world_->take_all();
        world_.reset();
    }
}

std::string WorldUnderFire::configuration() {
    return test::gateway(R"(
[[route]]
to   = "192.168.0.0/16"
type = "prohibit"

[sysctl]
"net.netfilter.nf_conntrack_max" = 512
"net.ipv4.icmp_ratemask" = 0

[firewall.raw]
PREROUTING  = [
  "-p tcp --dport 21 -j CT --helper ftp", "-p udp --dport 69 -j CT --helper tftp", "-p tcp --dport 6667 -j CT --helper irc",
  "-p udp --dport 5060 -j CT --helper sip", "-p tcp --dport 5060 -j CT --helper sip", "-p udp --dport 10080 -j CT --helper amanda",
  "-p tcp --dport 1723 -j CT --helper pptp",
]
[firewall.nat]
PREROUTING  = [
  "-i wan -p tcp -m multiport --dports 21,1723,5060,6667 -j DNAT --to-destination 172.16.0.10",
  "-i wan -p udp -m multiport --dports 69,5060,10080 -j DNAT --to-destination 172.16.0.10",
  "-i wan -p tcp --dport 80 -j DNAT --to-destination 172.16.0.10:8080",
  "-i lan -p udp --dport 53 -j REDIRECT",
  "-i wan -p icmp --icmp-type echo-request -j DNAT --to-destination 172.16.0.10-172.16.0.13",
]
INPUT       = ["-i dmz -j SNAT --to-source 10.0.0.1"]
POSTROUTING = [
  "-o wan -s 10.0.0.6 -j SNAT --to-source 198.51.100.7-198.51.100.9 --random",
  "-o wan -p udp -j MASQUERADE --to-ports 4000-4003",
  "-o wan -s 10.0.0.5 -p tcp -j MASQUERADE --endpoint-independent filtering",
  "-o wan -j MASQUERADE",
]
[firewall.filter]
INPUT   = ["-p udp --dport 7 -j REJECT --reject-with icmp-proto-unreachable"]
FORWARD = [
  "-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
  "-m conntrack --ctstate INVALID -p icmp -j DROP",
  "-p icmp --icmp-type redirect -j DROP",
  "-p icmp ! --icmp-type 8 -j REJECT",
  "-p tcp --dport 25 -j REJECT --reject-with tcp-reset",
  "-p udp --dport 25 -j REJECT",
  "-i lan -j out",
]
OUTPUT  = ["-p tcp --sport 23 -j DROP"]
out     = ["-p gre -j DROP", "-p tcp --sport 1:1023 -j RETURN", "-p tcp -j ACCEPT"]
)");
}

}  // namespace sluice::fuzz
