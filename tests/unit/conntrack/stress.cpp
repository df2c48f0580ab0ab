// SPDX-License-Identifier: BSD-3-Clause
// Four threads on one table: creators of equal tuples, NAT with a scarce range, deleters, lookups, expiry.
// Built as an executable of its own so that ThreadSanitizer can have it without DPDK.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <thread>
#include <vector>

#include "conntrack/table.h"
#include "epoch.h"

namespace sluice::conntrack {
namespace {

using net::Ipv4;
using net::Ipv4Address;
using Tuple4 = net::Tuple<Ipv4>;

constexpr unsigned kWorkers = 4;
constexpr std::uint32_t kFlows = 256;

Tuple4 flow(std::uint32_t n) {
    Tuple4 tuple{};
    tuple.source = Ipv4Address::from_host(0x0a000000U + n);
    tuple.destination = Ipv4Address::from_host(0x08080808U);
    tuple.source_port = base::Be16::from_host(static_cast<std::uint16_t>(1000 + n % 7));
    tuple.destination_port = base::Be16::from_host(53);
    tuple.protocol = 17;
    return tuple;
}

/// What the flow would look like behind a NAT of few ports, so that flows fight for them.
Tuple4 masked(const Tuple4& original, std::uint32_t port) {
    Tuple4 reply = net::reply_of(original);
    reply.destination = Ipv4Address::from_host(0xc6336401U);
    reply.destination_port = base::Be16::from_host(static_cast<std::uint16_t>(40000 + port));
    return reply;
}

struct World {
    std::unique_ptr<Table<Ipv4>> table;
    test::Epoch epoch{kWorkers + 1};
    /// Who holds an outside port just now: proof that no two do.
    std::array<std::atomic<std::uint32_t>, 1024> port_holder{};
    std::array<std::atomic<std::uint32_t>, kFlows> flow_holder{};
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> created{0}, clashes{0}, found{0}, removed{0};
};

/// One packet of flow `n`: found and prolonged, or created behind a port of its own.
void packet(World& world, base::WorkerId worker, base::Random& random, std::uint32_t n, Ticks now) {
    Table<Ipv4>& table = *world.table;
    const Tuple4 original = flow(n);
    if (const auto found = table.find(original, now)) {
        EXPECT_TRUE((*found.connection)[found.way].tuple == original);
        world.found.fetch_add(1, std::memory_order_relaxed);
        table.refresh(worker, *found.connection, found.way, 5 + random.below(60), now);
        if (random.below(8) == 0) {
            // whoever wins the removal lets go of the claims first; nobody can claim them before it happens
            const auto index = table.index(*found.connection);
            if (table.remove(worker, *found.connection)) {
                EXPECT_NE(index, kNoEntry);
                world.removed.fetch_add(1, std::memory_order_relaxed);
            }
        }
        return;
    }
    const auto made = table.create(worker, original, now);
    if (made.result != CreateResult::created) {
        world.clashes.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    // from here to confirm or abandon this thread alone may hold the tuple and the port
    EXPECT_EQ(world.flow_holder[n].exchange(1), 0U);
    const std::uint32_t first = random.below(64);
    bool reserved = false;
    std::uint32_t port = 0;
    for (std::uint32_t i = 0; i < 64 && !reserved; ++i) {
        port = (first + i) % 64;
        reserved = table.reserve_reply(worker, *made.connection, masked(original, port), now);
    }
    if (reserved) {
        EXPECT_EQ(world.port_holder[port].exchange(1), 0U) << "two pending flows with one outside port";
        world.port_holder[port].store(0);
    }
    world.flow_holder[n].store(0);
    made.connection->shared.timeout.store(5 + random.below(40), std::memory_order_relaxed);
    if (!reserved || random.below(16) == 0) {
        table.abandon(worker, *made.connection);
        return;
    }
    const bool confirmed = table.confirm(worker, *made.connection, now);
    EXPECT_TRUE(confirmed);
    world.created.fetch_add(1, std::memory_order_relaxed);
}

void work(World& world, unsigned number, std::chrono::steady_clock::time_point start) {
    const base::WorkerId worker{static_cast<std::uint8_t>(number)};
    base::Random random(number + 17);
    std::array<Tuple4, 32> tuples{};
    std::array<Found<Ipv4>, 32> results{};
    while (!world.stop.load(std::memory_order_relaxed)) {
        const auto age = std::chrono::steady_clock::now() - start;
        const auto now =
            static_cast<Ticks>(std::chrono::duration_cast<std::chrono::milliseconds>(age).count());
        for (unsigned i = 0; i < 16; ++i) {
            packet(world, worker, random, random.below(kFlows), now);
        }
        for (auto& tuple : tuples) {
            tuple = random.below(2) == 0 ? flow(random.below(kFlows))
                                         : masked(flow(random.below(kFlows)), random.below(64));
        }
        world.table->find_burst(tuples, results, now);
        for (std::size_t i = 0; i < tuples.size(); ++i) {
            if (results[i]) {
                EXPECT_TRUE((*results[i].connection)[results[i].way].tuple == tuples[i]);
            }
        }
        world.epoch.quiescent(number);
        world.table->tend(worker, now, 32, world.epoch);
    }
    world.epoch.offline(number);
}

/// The control thread: walks, checks that no two living flows share a tuple, deletes a few.
void control(World& world, std::chrono::steady_clock::time_point start) {
    base::Random random(99);
    while (!world.stop.load(std::memory_order_relaxed)) {
        const auto age = std::chrono::steady_clock::now() - start;
        const auto now =
            static_cast<Ticks>(std::chrono::duration_cast<std::chrono::milliseconds>(age).count());
        Cursor cursor;
        while (Connection<Ipv4>* connection = world.table->step(cursor, now)) {
            // the tuples of a confirmed connection lead back to it, unless it has ended meanwhile
            const auto found = world.table->find((*connection)[Way::reply].tuple, now);
            if (found && found.connection != connection) {
                EXPECT_FALSE(connection->is_confirmed()) << "two living flows with one reply tuple";
            }
            if (random.below(32) == 0) {
                world.table->remove(world.table->control(), *connection);
            }
        }
        world.epoch.quiescent(kWorkers);
        world.table->tend(world.table->control(), now, 1024, world.epoch);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    world.epoch.offline(kWorkers);
}

// NAT-2, PERF-4: whatever the workers do at once, a tuple belongs to one living connection at most, and no
// entry is lost.
TEST(ConntrackStress, workers_create_translate_delete_and_expire_at_once) {
    base::Random random(1);
    World world;
    world.table = std::move(Table<Ipv4>::create_table({.max = 4096, .workers = kWorkers}, random).value());
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < kWorkers; ++i) {
        threads.emplace_back([&world, i, start] { work(world, i, start); });
    }
    threads.emplace_back([&world, start] { control(world, start); });
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    world.stop.store(true);
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_GT(world.created.load(), 100U);
    EXPECT_GT(world.found.load(), 100U);
    EXPECT_GT(world.removed.load(), 10U);

    // everything ends when its time has come, and every entry becomes free again
    Table<Ipv4>& table = *world.table;
    const Ticks later = 1'000'000;
    for (unsigned round = 0; round < 50; ++round) {
        for (unsigned i = 0; i <= kWorkers; ++i) {
            table.tend(base::WorkerId{static_cast<std::uint8_t>(i)}, later, 1000, world.epoch);
        }
    }
    EXPECT_EQ(table.count(), 0U);
    for (std::uint32_t i = 0; i < 4096; ++i) {
        EXPECT_TRUE(table.at(i).shared.life.load() == Life::free) << i;
    }
}

// RES-1: a table that is too small keeps its count right while everybody evicts.
TEST(ConntrackStress, a_full_table_evicts_and_never_exceeds_its_limit_for_long) {
    base::Random random(2);
    World world;
    constexpr std::uint32_t kMax = 128;
    world.table = std::move(Table<Ipv4>::create_table({.max = kMax, .workers = kWorkers}, random).value());
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < kWorkers; ++i) {
        threads.emplace_back([&world, i] {
            const base::WorkerId worker{static_cast<std::uint8_t>(i)};
            for (std::uint32_t n = 0; n < 8000; ++n) {
                const auto made = world.table->create(worker, flow(i << 16U | n), 100);
                if (made.result == CreateResult::created) {
                    made.connection->shared.timeout.store(3000, std::memory_order_relaxed);
                    EXPECT_TRUE(world.table->confirm(worker, *made.connection, 100));
                }
                if (n % 16 == 0) {
                    world.epoch.quiescent(i);
                    world.table->tend(worker, 100, 64, world.epoch);
                }
            }
            world.epoch.offline(i);
        });
    }
    world.epoch.offline(kWorkers);
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_LE(world.table->count(), kMax);
    EXPECT_GT(world.table->count(), kMax / 2);
}

}  // namespace
}  // namespace sluice::conntrack
