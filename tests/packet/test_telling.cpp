// SPDX-License-Identifier: BSD-3-Clause
//
// Targets that tell of packets. World runs each packet with and without the short way and compares what is
// told.
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

PacketBuilder query() {
    return packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53);
}
PacketBuilder answer() {
    return packet().ip("8.8.8.8", "10.0.0.5").udp(53, 4000);
}

// TGT-2
TEST(Telling, nflog_keeps_as_many_bytes_as_its_rule_says_on_both_ways) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-i lan -j NFLOG --nflog-group 5 --nflog-prefix \"all: \"", "-i wan -j NFLOG --nflog-size 20",
           "-i wan -m length --length 400: -j NFLOG --nflog-size 4000"]
)"));
    world.send("lan", query().ttl(64).id(1));
    EXPECT_EQ(world.told(),
              std::vector<std::string>{
                  "all: IN=lan OUT=wan MAC=02:ee:00:00:00:00:02:00:00:00:00:02:08:00 SRC=10.0.0.5 "
                  "DST=8.8.8.8 LEN=28 TOS=0x00 PREC=0x00 TTL=63 ID=1 PROTO=UDP SPT=4000 DPT=53 LEN=8 "
                  "(28 of 28 bytes)"});
    for (int i = 0; i < 4; ++i) {
        world.send("wan", answer().payload_size(1000));
        const auto told = world.told();
        ASSERT_EQ(told.size(), 2U);
        EXPECT_TRUE(told[0].ends_with("(20 of 1028 bytes)")) << told[0];
        EXPECT_TRUE(told[1].ends_with("(1028 of 1028 bytes)")) << told[1];
        world.send("lan", query().payload_size(static_cast<std::size_t>(i)));
        EXPECT_EQ(world.told().size(), 1U);
    }
    EXPECT_EQ(world.count_of("--nflog-size 4000"), "[4:4112]");
    EXPECT_GT(world.short_way_packets(), 4U);
}

// TGT-2
TEST(Telling, a_rebuilt_datagram_is_kept_whole) {
    World world(gateway("[firewall.filter]\nFORWARD = [\"-j NFLOG\"]\n"));
    const Bytes whole = query().payload_size(2000).bytes();
    for (const PacketBuilder& piece : query().payload_size(2000).fragments(1000)) {
        world.send("lan", piece);
    }
    const auto told = world.told();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].ends_with("(2028 of 2028 bytes)")) << told[0];
    EXPECT_EQ(whole.size(), 2028U);
    world.take_all();
}

// TGT-2
TEST(Telling, audit_says_who_talks_to_whom_and_the_packet_goes_on) {
    World world(gateway(R"(
[firewall.mangle]
PREROUTING = ["-i lan -j MARK --set-mark 0x1f"]
[firewall.filter]
FORWARD = ["-i lan -j AUDIT --type accept", "-i lan -p tcp -j AUDIT --type reject"]
)"));
    for (int i = 0; i < 4; ++i) {
        world.send("lan", query());
        world.expect("wan", {ip_src("10.0.0.5"), valid_checksums()});
        EXPECT_EQ(world.told(), std::vector<std::string>{"mark=0x1f saddr=10.0.0.5 daddr=8.8.8.8 proto=17"});
        world.send("wan", answer());
        world.expect("lan", {ip_src("8.8.8.8")});
    }
    world.expect_nothing_more();
    EXPECT_GT(world.short_way_packets(), 3U);
}

}  // namespace
}  // namespace sluice::test
