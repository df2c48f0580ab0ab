// SPDX-License-Identifier: BSD-3-Clause
//
// MAT-7: sets below rules, on remembered paths too. World runs each packet with and without the short way and compares
// frames and counters; what ipset prints is compared as well.
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

PacketBuilder query() { return packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53); }
PacketBuilder answer() { return packet().ip("8.8.8.8", "10.0.0.5").udp(53, 4000); }

TEST(Sets, an_element_that_comes_or_goes_counts_for_the_next_packet_of_a_connection) {
    World world(gateway(R"(
[ipset.blocked]
type = "hash:net"
elements = ["192.0.2.0/24"]
[firewall.filter]
FORWARD = ["-m set --match-set blocked dst -j DROP", "-m set --match-set blocked src -j DROP"]
)"));
    for (int i = 0; i < 8; ++i) {
        world.send("lan", query());
        world.send("wan", answer());
    }
    EXPECT_EQ(world.take_all().size(), 16U);
    EXPECT_GT(world.short_way_packets(), 5U);
    EXPECT_EQ(world.ipset("add blocked 8.8.0.0/16"), "");
    world.send("lan", query());
    world.send("wan", answer());
    EXPECT_EQ(world.take_all().size(), 0U);
    EXPECT_EQ(world.count_of("blocked dst"), "[1:28]");
    EXPECT_EQ(world.count_of("blocked src"), "[1:28]");
    world.ipset("add blocked 8.8.8.8 nomatch");
    world.send("lan", query());
    world.send("wan", answer());
    EXPECT_EQ(world.take_all().size(), 2U);
    world.ipset("del blocked 8.8.8.8");
    world.ipset("del blocked 8.8.0.0/16");
    world.send("lan", query());
    EXPECT_EQ(world.take_all().size(), 1U);
}

TEST(Sets, contents_are_swapped_below_a_rule_that_is_in_use) {
    World world(gateway(R"(
[ipset.now]
type = "hash:ip"
[ipset.next]
type = "hash:ip"
elements = ["8.8.8.8"]
[firewall.filter]
FORWARD = ["-m set --match-set now dst -j DROP"]
)"));
    world.send("lan", query());
    world.send("lan", query());
    EXPECT_EQ(world.take_all().size(), 2U);
    EXPECT_EQ(world.ipset("destroy now"), "Set cannot be destroyed: it is in use by a kernel component");
    EXPECT_EQ(world.ipset("swap now next"), "");
    world.send("lan", query());
    EXPECT_EQ(world.take_all().size(), 0U);
    world.ipset("flush now");
    world.send("lan", query());
    EXPECT_EQ(world.take_all().size(), 1U);
}

TEST(Sets, each_packet_counts_once_whichever_way_it_goes) {
    World world(gateway(R"(
[ipset.counted]
type = "hash:net"
options = "counters"
elements = ["8.0.0.0/8"]
[firewall.filter]
FORWARD = ["-m set --match-set counted dst --packets-gt 3 -m length --length 100:65535 -j DROP",
           "-m set --match-set counted dst ! --update-counters --packets-gt 6"]
)"));
    for (int i = 0; i < 10; ++i) {
        world.send("lan", query().payload_size(i % 2 == 0 ? 10 : 100));
    }
    EXPECT_EQ(world.take_all().size(), 6U);
    EXPECT_NE(world.ipset("save counted").find("8.0.0.0/8 packets 10 bytes 830"), std::string::npos)
        << world.ipset("save counted");
    EXPECT_EQ(world.count_of("packets-gt 6"), "[2:76]");
    EXPECT_GT(world.short_way_packets(), 3U);
}

TEST(Sets, time_runs_out_between_two_packets) {
    World world(gateway(R"(
[ipset.brief]
type = "hash:ip,port"
options = "timeout 5"
elements = ["8.8.8.8,udp:53"]
[firewall.filter]
FORWARD = ["-m set --match-set brief dst,dst -j ACCEPT", "-i lan -j DROP"]
)"));
    world.send("lan", query());
    world.pass(3);
    world.send("lan", query());
    EXPECT_EQ(world.take_all().size(), 2U);
    world.pass(3);
    world.send("lan", query());
    EXPECT_EQ(world.take_all().size(), 0U);
}

TEST(Sets, interfaces_frames_and_marks) {
    World world(gateway(R"(
[ipset.ways]
type = "hash:net,iface"
elements = ["10.0.0.0/8,lan", "8.0.0.0/8,wan"]
[ipset.marks]
type = "hash:ip,mark"
elements = ["10.0.0.5,0x7"]
[ipset.all]
type = "list:set"
elements = ["marks", "ways"]
[firewall.mangle]
FORWARD = ["-p udp --dport 53 -j MARK --set-mark 7"]
[firewall.filter]
FORWARD = ["-m set --match-set ways src,src", "-m set --match-set ways dst,dst", "-m set --match-set ways src,dst",
           "-m set --match-set marks src,src", "-m set --match-set all src,src"]
)"));
    world.send_burst("lan", {query(), packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 54), query()});
    EXPECT_EQ(world.take_all().size(), 3U);
    EXPECT_EQ(world.count_of("ways src,src"), "[3:84]");
    EXPECT_EQ(world.count_of("ways dst,dst"), "[3:84]");
    EXPECT_EQ(world.count_of("ways src,dst"), "[0:0]");
    EXPECT_EQ(world.count_of("marks src,src"), "[2:56]");
    EXPECT_EQ(world.count_of("all src,src"), "[3:84]");
}

TEST(Sets, what_a_packet_adds_the_next_one_of_its_burst_finds) {
    World world(gateway(R"(
[ipset.seen]
type = "hash:ip,port"
options = "timeout 10"
[firewall.filter]
FORWARD = ["-m set --match-set seen src,dst -j DROP", "-j SET --add-set seen src,dst"]
)"));
    world.send_burst("lan", {query(), query(), packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 54), query()});
    EXPECT_EQ(world.take_all().size(), 2U);
    EXPECT_EQ(world.count_of("match-set seen"), "[2:56]");
    EXPECT_NE(world.ipset("save seen").find("10.0.0.5,udp:54 timeout"), std::string::npos) << world.ipset("save seen");
    world.pass(11);
    world.send_burst("lan", {query(), query()});
    EXPECT_EQ(world.take_all().size(), 1U);
    EXPECT_EQ(world.ipset("del seen 10.0.0.5,udp:53"), "");
    world.send("lan", query());
    EXPECT_EQ(world.take_all().size(), 1U);
}

TEST(Sets, packets_add_and_delete_on_remembered_paths) {
    World world(gateway(R"(
[ipset.now]
type = "hash:ip"
options = "timeout 5 counters"
[ipset.gone]
type = "hash:ip"
elements = ["8.8.8.8"]
[firewall.filter]
FORWARD = ["-i lan -j SET --add-set now src --exist --del-set gone dst", "-i wan -j SET --add-set now dst --timeout 100"]
)"));
    for (int i = 0; i < 6; ++i) {
        world.send("lan", query());
        world.send("wan", answer());
    }
    EXPECT_GT(world.short_way_packets(), 2U);
    EXPECT_NE(world.ipset("save now").find("add now 10.0.0.5 timeout 5 packets 1 bytes 28"), std::string::npos)
        << world.ipset("save now");
    EXPECT_EQ(world.ipset("test gone 8.8.8.8"), "8.8.8.8 is NOT in set gone.\n");
    world.pass(4);
    world.send("lan", query());
    world.pass(4);
    EXPECT_NE(world.ipset("test now 10.0.0.5").find("Warning"), std::string::npos) << "it has begun anew";
    world.pass(2);
    EXPECT_EQ(world.ipset("test now 10.0.0.5"), "10.0.0.5 is NOT in set now.\n");
}

TEST(Sets, a_full_set_takes_no_more_unless_it_is_forced) {
    for (const bool force : {false, true}) {
        World world(gateway(std::string("[ipset.small]\ntype = \"hash:ip\"\noptions = \"maxelem 64") +
                            (force ? " forceadd" : "") +
                            "\"\n[firewall.filter]\nFORWARD = [\"-j SET --add-set small dst\"]\n"));
        for (int i = 0; i < 100; ++i) {
            world.send("lan", packet().ip("10.0.0.5", "8.8.8." + std::to_string(i + 1)).udp(4000, 53));
        }
        world.take_all();
        const bool has_last = world.ipset("test small 8.8.8.100").starts_with("Warning");
        EXPECT_EQ(has_last, force);
        EXPECT_NE(world.ipset("list small -terse").find("Number of entries: 64"), std::string::npos);
    }
}

TEST(Sets, an_element_gives_its_mark) {
    World world(gateway(R"(
[ipset.marks]
type = "hash:net"
options = "skbinfo"
elements = ["8.0.0.0/8 skbmark 0x10/0xf0", "9.0.0.0/8 skbmark 0x7"]
[firewall.mangle]
FORWARD = ["-j MARK --set-mark 0xff", "-j SET --map-set marks dst --map-mark", "-m mark --mark 0x1f", "-m mark --mark 0xff"]
)"));
    for (int i = 0; i < 4; ++i) {
        world.send("lan", query());
        world.send("wan", answer());
    }
    EXPECT_EQ(world.count_of("--mark 0x1f"), "[4:112]");
    EXPECT_EQ(world.count_of("-m mark --mark 0xff"), "[4:112]");
    world.ipset("flush marks");
    world.send("lan", query());
    EXPECT_EQ(world.count_of("-m mark --mark 0xff"), "[5:140]");
}

}  // namespace
}  // namespace sluice::test
