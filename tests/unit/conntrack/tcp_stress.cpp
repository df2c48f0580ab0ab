// SPDX-License-Identifier: BSD-3-Clause
// Two workers that see the two directions of a TCP connection at once: the claims of tcp_record.h.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "conntrack/tcp_record.h"
#include "conntrack/track.h"

namespace sluice::conntrack {
namespace {

using net::Ipv4;

constexpr Ticks kNow = 1000;
constexpr std::uint32_t kSegmentBytes = 100;

/// A segment of a direction as tracking sees it.
struct Packet {
    net::TcpHeader header{};
    net::Tuple<Ipv4> tuple{};

    Packet(Way way, std::uint8_t flags) {
        tuple.source = net::Ipv4Address::from_host(0x0a000001);
        tuple.destination = net::Ipv4Address::from_host(0x0a000002);
        tuple.source_port = base::Be16::from_host(4000);
        tuple.destination_port = base::Be16::from_host(80);
        tuple.protocol = net::kProtocolTcp;
        tuple = way == Way::original ? tuple : net::reply_of(tuple);
        header.data_offset = 0x50;
        header.flags = flags;
        header.window = base::Be16::from_host(60'000);
    }
    L4View view(std::uint32_t sequence, std::uint32_t acknowledgement, std::uint32_t bytes) {
        header.sequence = base::Be32::from_host(sequence);
        header.acknowledgement = base::Be32::from_host(acknowledgement);
        return {.protocol = net::kProtocolTcp,
                .total_bytes = static_cast<std::uint32_t>(sizeof(header)) + bytes,
                .bytes = std::as_bytes(std::span(&header, 1))};
    }
};

struct World {
    std::unique_ptr<Table<Ipv4>> table;
    Settings settings;
    /// What has reached the other end: published behind tracking, as a packet leaves the router behind it.
    std::array<std::atomic<std::uint32_t>, 2> sent{};
    std::array<std::atomic<std::uint32_t>, 2> acknowledged{};
    std::array<std::uint32_t, 2> last{};
    std::atomic<unsigned> invalid{0};

    CtState see(unsigned worker, Packet& packet, const L4View& view) {
        const base::WorkerId id{static_cast<std::uint8_t>(worker)};
        const auto found = table->find(packet.tuple, kNow);
        if (found) {
            return track(*table, id, found, view, settings, kNow).state;
        }
        const auto begun = begin(*table, id, packet.tuple, 0, view, settings, kNow);
        EXPECT_TRUE(table->confirm(id, *begun.found.connection, kNow));
        return begun.state;
    }
};

/// One end: sends as far as the other end's acknowledgements allow, and acknowledges what has come.
void talk(World& world, Way way) {
    const auto mine = static_cast<unsigned>(way);
    Packet packet(way, net::TcpHeader::kAck);
    std::uint32_t next = world.sent[mine].load();
    while (next != world.last[mine]) {
        const std::uint32_t heard = world.sent[1 - mine].load(std::memory_order_acquire);
        const std::uint32_t room =
            world.acknowledged[1 - mine].load(std::memory_order_acquire) + 50'000 - next;
        const std::uint32_t size = room >= kSegmentBytes && room <= 50'000 ? kSegmentBytes : 0;
        if (world.see(mine, packet, packet.view(next, heard, size)) != CtState::established) {
            world.invalid.fetch_add(1);
        }
        next += size;
        world.acknowledged[mine].store(heard, std::memory_order_release);
        world.sent[mine].store(next, std::memory_order_release);
    }
    // what the other end still waits for
    while (world.acknowledged[mine].load() != world.last[1 - mine]) {
        const std::uint32_t heard = world.sent[1 - mine].load(std::memory_order_acquire);
        if (world.see(mine, packet, packet.view(next, heard, 0)) != CtState::established) {
            world.invalid.fetch_add(1);
        }
        world.acknowledged[mine].store(heard, std::memory_order_release);
    }
}

// CT-2: no segment of two ends that keep to the rules is INVALID, and no number gets lost.
TEST(TcpStress, both_directions_at_once_stay_within_their_windows) {
    base::Random random(4);
    World world;
    world.table = Table<Ipv4>::create_table({.max = 16, .workers = 2}, random).value();
    Packet syn(Way::original, net::TcpHeader::kSyn);
    Packet syn_ack(Way::reply, net::TcpHeader::kSyn | net::TcpHeader::kAck);
    Packet ack(Way::original, net::TcpHeader::kAck);
    world.see(0, syn, syn.view(1000, 0, 0));
    world.see(1, syn_ack, syn_ack.view(5000, 1001, 0));
    world.see(0, ack, ack.view(1001, 5001, 0));
    world.sent[0] = world.acknowledged[1] = 1001;
    world.sent[1] = world.acknowledged[0] = 5001;

    constexpr std::uint32_t kBytes = 30'000'000;
    world.last = {1001 + kBytes, 5001 + kBytes};
    std::thread client(talk, std::ref(world), Way::original);
    std::thread server(talk, std::ref(world), Way::reply);
    client.join();
    server.join();

    EXPECT_EQ(world.invalid.load(), 0U);
    const auto found = world.table->find(syn.tuple, kNow);
    ASSERT_TRUE(found);
    const TcpMemory memory =
        memory_of(found.connection->shared.protocol.load(), load_words(*found.connection));
    EXPECT_EQ(memory.state, TcpState::established);
    EXPECT_EQ(memory.sides[0].end, 1001 + kBytes);
    EXPECT_EQ(memory.sides[1].end, 5001 + kBytes);
    for (unsigned i = 0; i < 2; ++i) {
        EXPECT_EQ(memory.sides[i].max_ack, world.acknowledged[i].load());
    }
}

}  // namespace
}  // namespace sluice::conntrack
