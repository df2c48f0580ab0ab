// SPDX-License-Identifier: BSD-3-Clause
//
// The clock on the wall, what a connection has carried and the way back to a source, with and without
// remembered paths.
#include <gtest/gtest.h>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

constexpr std::uint64_t kHour = 3600;
constexpr std::uint64_t kDay = 24 * kHour;
constexpr std::uint64_t kMonday = 1'709'510'400;  // 2024-03-04T00:00:00Z

PacketBuilder query() {
    return packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53);
}
PacketBuilder reply() {
    return packet().ip("8.8.8.8", "10.0.0.5").udp(53, 4000);
}

TEST(Clock, hours_days_and_dates_are_asked_of_every_packet_of_a_connection) {  // MAT-6
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m time --timestart 08:00 --timestop 17:00 --weekdays Mon,Tue", "-m time --monthdays 29",
           "-m time --timestart 22:00 --timestop 02:00 --weekdays Mon --contiguous",
           "-m time --timestart 22:00 --timestop 02:00 --weekdays Mon", "-m time --datestart 2024-03-05T12:00:00"]
)"));
    struct Moment {
        std::uint64_t utc;
        int packets;
    };
    for (const Moment at :
         {Moment{kMonday + 8 * kHour - 1, 1}, Moment{kMonday + 8 * kHour, 2}, Moment{kMonday + 17 * kHour, 1},
          Moment{kMonday + 17 * kHour + 1, 1}, Moment{kMonday + kHour, 3}, Moment{kMonday + kDay + kHour, 4},
          Moment{kMonday + 23 * kHour, 1}, Moment{kMonday - 4 * kDay, 1},
          Moment{kMonday + kDay + 12 * kHour, 2}}) {
        world.set_utc(at.utc);
        for (int i = 0; i < at.packets; ++i) {
            world.send("lan", query());
        }
    }
    EXPECT_EQ(world.take_all().size(), 16U);
    EXPECT_EQ(world.count_of("08:00:00 --timestop 17:00:00"), "[5:140]");
    EXPECT_EQ(world.count_of("--monthdays 29"), "[1:28]");
    EXPECT_EQ(world.count_of("Mon --datestop 2038-01-19T03:14:07 --contiguous"),
              "[5:140]");  // also past midnight on Tuesday
    EXPECT_EQ(world.count_of("02:00:00 --weekdays Mon --datestop 2038-01-19T03:14:07\n"), "[4:112]");
    EXPECT_EQ(world.count_of("--datestart"), "[2:56]");
    EXPECT_GT(world.short_way_packets(), 5U);
}

TEST(Clock, the_kernels_time_zone_counts_where_it_is_asked_for) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m time --timestart 08:00 --timestop 09:00", "-m time --timestart 08:00 --timestop 09:00 --kerneltz"]
)"));
    world.set_utc(kMonday + 8 * kHour);
    world.send("lan", query());
    world.set_utc(kMonday + 8 * kHour, -120);
    world.send("lan", query());
    world.set_utc(kMonday + 6 * kHour + kHour / 2, -120);
    world.send("lan", query());
    EXPECT_EQ(world.count_of("09:00:00 --datestop 2038-01-19T03:14:07\n"), "[2:56]");
    EXPECT_EQ(world.count_of("--kerneltz"), "[2:56]");
}

TEST(Account, a_rule_sees_what_the_connection_has_carried_with_the_packet_itself) {
    World world(gateway(R"(
[firewall.filter]
FORWARD = ["-m connbytes --connbytes 3:4 --connbytes-dir original --connbytes-mode packets",
           "-m connbytes ! --connbytes 3:4 --connbytes-dir original --connbytes-mode packets",
           "-m connbytes --connbytes 2 --connbytes-dir reply --connbytes-mode packets",
           "-m connbytes --connbytes 150:300 --connbytes-dir both --connbytes-mode bytes",
           "-m connbytes --connbytes 100 --connbytes-dir original --connbytes-mode avgpkt"]
)"));
    world.send_burst("lan", {query(), query(), query()});
    world.send("wan", reply());
    world.send("wan", reply());
    world.send("lan", query().payload_size(472));
    world.send("lan", query());
    EXPECT_EQ(world.take_all().size(), 7U);
    EXPECT_EQ(world.count_of("-m connbytes --connbytes 3:4"), "[4:584]");
    EXPECT_EQ(world.count_of("! --connbytes 3:4"), "[3:84]");
    EXPECT_EQ(world.count_of("--connbytes 2 "), "[3:556]");
    EXPECT_EQ(world.count_of("--connbytes 150:300"), "[0:0]");
    EXPECT_EQ(world.count_of("--connbytes 100 "), "[2:528]");
}

TEST(Account, a_connection_from_before_the_rule_is_not_counted) {
    World world(gateway());
    world.send("lan", query());
    world.reload(gateway(R"(
[firewall.filter]
FORWARD = ["-m connbytes --connbytes 0 --connbytes-dir both --connbytes-mode packets",
           "-m connbytes ! --connbytes 5 --connbytes-dir both --connbytes-mode packets"]
)"));
    world.send("lan", query());
    world.send("lan", packet().ip("10.0.0.6", "8.8.8.8").udp(4000, 53));
    EXPECT_EQ(world.count_of("-m connbytes --connbytes 0"), "[1:28]");
    EXPECT_EQ(world.count_of("! --connbytes 5"), "[1:28]");
}

TEST(WayBack, a_source_is_believed_where_its_answer_would_leave) {  // FWD-4
    World world(gateway(R"(
[[route]]
to  = "10.9.0.0/16"
via = "172.16.0.9"
[[route]]
to   = "10.8.0.0/16"
type = "blackhole"
[firewall.raw]
PREROUTING = ["-m rpfilter", "-m rpfilter --loose", "-m rpfilter --accept-local --loose"]
[firewall.mangle]
PREROUTING = ["-m rpfilter --invert -j DROP"]
)"));
    const auto from = [](const char* source) { return packet().ip(source, "8.8.8.8").udp(4000, 53); };
    for (int i = 0; i < 3; ++i) {
        world.send("lan", from("10.0.0.5"));
        world.send("lan", from("10.9.0.5"));
        world.send("dmz", from("10.9.0.5"));
        world.send("lan", from("10.8.0.5"));
        world.send("lan", from("10.0.0.1"));
        world.send("lan", from("1.2.3.4"));
    }
    EXPECT_EQ(world.take_all().size(), 6U);
    EXPECT_EQ(world.count_of("-m rpfilter\n"), "[6:168]");
    EXPECT_EQ(world.count_of("-m rpfilter --loose\n"), "[12:336]");
    EXPECT_EQ(world.count_of("--loose --accept-local"), "[15:420]");
    EXPECT_EQ(world.count_of("--invert"), "[12:336]");
    EXPECT_GT(world.short_way_packets(), 2U);
}

TEST(WayBack, a_change_of_routes_counts_for_connections_that_live_on) {
    const auto with_route = [](const char* via) {
        return gateway(std::string("[[route]]\nto = \"10.9.0.0/16\"\nvia = \"") + via +
                       "\"\n[firewall.mangle]\nPREROUTING = [\"-m rpfilter --invert -j DROP\"]\n");
    };
    World world(with_route("172.16.0.9"));
    const auto query_of_far = packet().ip("10.9.0.5", "8.8.8.8").udp(4000, 53);
    world.send("dmz", query_of_far);
    world.send("dmz", query_of_far);
    EXPECT_EQ(world.take_all().size(), 2U);
    world.reload(with_route("10.0.0.9"));
    world.send("dmz", query_of_far);
    EXPECT_EQ(world.take_all().size(), 0U);
}

}  // namespace
}  // namespace sluice::test
