// SPDX-License-Identifier: BSD-3-Clause
//
// What is told of connections (events), and what is kept of them over a restart.
#include <gtest/gtest.h>

#include <vector>

#include "conntrack/event_rings.h"
#include "conntrack/saved.h"
#include "conntrack/text.h"
#include "conntrack/track.h"
#include "tests/unit/nat/build.h"

namespace sluice::conntrack {
namespace {

using nat::test::build;
using nat::test::Built;
using nat::test::tuple;
using net::Ipv4;

constexpr base::WorkerId kWorker{0};
constexpr std::uint8_t kSyn = net::TcpHeader::kSyn;
constexpr std::uint8_t kAck = net::TcpHeader::kAck;
constexpr std::uint8_t kFin = net::TcpHeader::kFin;

Built tcp(std::uint8_t flags, bool reply = false, std::uint32_t seq = 1, std::uint32_t ack = 1) {
    const auto original = tuple(6, "10.0.0.5", 4000, "8.8.8.8", 80);
    Built packet = build(reply ? net::reply_of(original) : original, 0, flags);
    packet.tcp().sequence = base::Be32::from_host(seq);
    packet.tcp().acknowledgement = base::Be32::from_host(ack);
    nat::test::seal(packet);
    return packet;
}

/// A table, and packets that get through.
struct World {
    base::Random random{5};
    std::unique_ptr<Table<Ipv4>> table = Table<Ipv4>::create_table({.max = 100, .workers = 1}, random).value();
    EventRings<Ipv4> rings{2};
    Settings settings;
    Ticks now = 1000;

    World() { table->watch_events(rings.watch()); }

    CtState through(Built packet) {
        L4View view = packet.view();
        view.checksum = L4Checksum::good;
        const auto key = tuple_of(packet.ip(), view).value();
        const auto found = table->find(key, now);
        const auto tracked = found ? track(*table, kWorker, found, view, settings, now)
                                   : begin(*table, kWorker, key, 0, view, settings, now);
        if (tracked.verdict != TrackVerdict::accept) {
            return tracked.state;
        }
        if (!found) {
            EXPECT_TRUE(table->confirm(kWorker, *tracked.found.connection, now));
        }
        table->tell(kWorker, *tracked.found.connection, now);
        return tracked.state;
    }
    void shake_hands() {
        through(tcp(kSyn));
        through(tcp(kSyn | kAck, true, 100, 2));
        through(tcp(kAck, false, 2, 101));
    }
    Connection<Ipv4>& only() {
        Cursor cursor;
        return *table->step(cursor, now);
    }
    std::vector<std::uint32_t> told() {
        std::vector<std::uint32_t> events;
        rings.take([&](const Event<Ipv4>& event) { events.push_back(event.events); });
        return events;
    }
};

TEST(Events, a_packet_tells_at_once_all_that_it_does) {
    World world;
    world.rings.listen(true);
    world.shake_hands();
    world.through(tcp(kAck, false, 2, 101));  // nothing new
    EXPECT_EQ(world.told(), (std::vector<std::uint32_t>{event::kNew | event::kProtocolState,
                                                        event::kReply | event::kProtocolState,
                                                        event::kAssured | event::kProtocolState}));
    EXPECT_TRUE(world.table->remove(kWorker, world.only()));
    EXPECT_EQ(world.told(), std::vector<std::uint32_t>{event::kDestroy});
}

TEST(Events, of_a_connection_that_began_while_nobody_listened_are_never_told) {
    World world;
    world.through(tcp(kSyn));
    world.rings.listen(true);
    world.through(tcp(kSyn | kAck, true, 100, 2));
    EXPECT_FALSE(world.only().has(status::kReported));
    EXPECT_TRUE(world.told().empty());
}

TEST(Events, are_as_the_sysctl_says) {  // nf_conntrack_events: 0 none, 1 all, 2 those that begin while somebody listens
    for (const std::uint8_t setting : {std::uint8_t{0}, std::uint8_t{1}}) {
        World world;
        world.settings.events = setting;
        world.rings.listen(setting == 0);
        world.through(tcp(kSyn));
        world.rings.listen(true);
        world.through(tcp(kSyn | kAck, true, 100, 2));
        EXPECT_EQ(world.told().size(), setting) << unsigned{setting};
    }
}

TEST(Events, that_find_no_room_are_counted) {
    World world;
    world.rings.listen(true);
    world.shake_hands();
    for (std::size_t i = 0; i < EventRings<Ipv4>::kEvents; ++i) {
        world.only().note(event::kMark);
        world.table->tell(kWorker, world.only(), world.now);
    }
    EXPECT_EQ(world.rings.lost(), 3U);
    EXPECT_EQ(world.told().size(), EventRings<Ipv4>::kEvents);
}

TEST(Events, an_end_is_the_last_word) {
    World world;
    world.rings.listen(true);
    world.through(tcp(kSyn));
    world.through(tcp(net::TcpHeader::kRst | kAck, true, 0, 2));  // the only answer: the connection ends at once
    EXPECT_EQ(world.told(),
              (std::vector<std::uint32_t>{event::kNew | event::kProtocolState, event::kDestroy}));
}

const InterfaceNames kNames = {
    .name = [](base::InterfaceId) { return std::string_view("wan"); },
    .id = [](std::string_view name) { return name == "wan" ? std::optional(base::InterfaceId{3}) : std::nullopt; }};

TEST(Kept, a_connection_goes_on_in_another_table_with_its_windows) {  // CT-2
    World before;
    before.settings.acct = true;
    before.settings.labels = true;
    before.shake_hands();
    Connection<Ipv4>& connection = before.only();
    connection.shared.mark.store(7);
    connection.shared.masquerade = base::InterfaceId{3};
    before.table->labels(connection)->set(65);
    before.now += 500;
    const std::string line = saved_line(saved_of(*before.table, connection, before.now), kNames);
    const auto saved = parse_saved_line<Ipv4>(line, kNames);
    ASSERT_TRUE(saved) << saved.error();

    World after;
    after.now = 7;  // another clock
    ASSERT_EQ(restore(*after.table, kWorker, *saved, after.settings, after.now), Restored::restored);
    EXPECT_EQ(restore(*after.table, kWorker, *saved, after.settings, after.now), Restored::clash);
    EXPECT_EQ(conntrack_line(copy_of(*after.table, after.only(), after.now)),
              conntrack_line(copy_of(*before.table, connection, before.now)));
    EXPECT_EQ(saved_line(saved_of(*after.table, after.only(), after.now), kNames), line);
    EXPECT_EQ(after.only().shared.masquerade, base::InterfaceId{3});
    EXPECT_EQ(after.through(tcp(kAck, false, 900'000, 101)), CtState::invalid) << "beyond its window";
    EXPECT_EQ(after.through(tcp(kAck, true, 101, 2)), CtState::established);
    EXPECT_EQ(after.through(tcp(kFin | kAck, false, 2, 101)), CtState::established);
    EXPECT_EQ(state_text(copy_of(*after.table, after.only(), after.now)), "FIN_WAIT");
}

TEST(Kept, a_translation_is_worn_again) {
    SavedConnection<Ipv4> saved;
    saved.original = tuple(17, "10.0.0.5", 4000, "8.8.8.8", 53);
    saved.reply = tuple(17, "8.8.8.8", 53, "203.0.113.2", 5555);
    saved.status = status::kSrcNat | status::kSeenReply;
    saved.left_ms = 30'000;
    World world;
    ASSERT_EQ(restore(*world.table, kWorker, saved, world.settings, world.now), Restored::restored);
    const Translation<Ipv4>& leaves = world.only()[Way::original].leaves;
    EXPECT_EQ(to_string(leaves.source), "203.0.113.2");
    EXPECT_EQ(leaves.source_port.host(), 5555);
    EXPECT_TRUE(world.only().has(status::kSrcNatDone | status::kDstNatDone | status::kConfirmed));
}

TEST(Kept, a_timeout_that_is_set_holds_from_now_on) {
    World world;
    world.shake_hands();
    world.now += 1000;
    world.table->expire_in(kWorker, world.only(), 200, world.now);
    EXPECT_EQ(copy_of(*world.table, world.only(), world.now).seconds_left, 2U);
    world.table->expire_in(kWorker, world.only(), 90'000, world.now);
    EXPECT_EQ(copy_of(*world.table, world.only(), world.now).seconds_left, 900U);
}

}  // namespace
}  // namespace sluice::conntrack
