// SPDX-License-Identifier: BSD-3-Clause
// Workers that translate at once on one table (NAT-2, PERF-4). Built as an executable of its own so that
// ThreadSanitizer can have it without DPDK (scripts/tsan).
#include <gtest/gtest.h>

#include <barrier>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "nat/choose.h"
#include "tests/unit/conntrack/epoch.h"
#include "tests/unit/nat/build.h"

namespace sluice::nat {
namespace {

using conntrack::Connection;
using conntrack::CreateResult;
using conntrack::Table;
using conntrack::Way;
using net::Ipv4;
using test::address;
using test::tuple;
using Tuple4 = net::Tuple<Ipv4>;

constexpr unsigned kWorkers = 4;
constexpr std::uint8_t kUdp = 17;

base::WorkerId worker_of(unsigned number) {
    return base::WorkerId{static_cast<std::uint8_t>(number)};
}

std::unique_ptr<Table<Ipv4>> make_table(unsigned workers) {
    base::Random random(5);
    return Table<Ipv4>::create_table({.max = 65'536, .workers = workers}, random).value();
}

Range<Ipv4> pool(bool independent) {
    Range<Ipv4> range;
    range.has_address = true;
    range.min_address = address("198.51.100.1");
    range.max_address = independent ? range.min_address : address("198.51.100.4");
    range.independent = independent;
    return range;
}

/// The n-th flow of a set in which sockets have several destinations, and ports are scarce or not.
Tuple4 flow(std::uint32_t n, std::uint32_t sockets) {
    Tuple4 result = tuple(kUdp, "10.0.0.0", 0, "203.0.0.0", 53);
    const std::uint32_t socket = n % sockets;
    result.source = net::Ipv4Address::from_host(result.source.host() + 1 + socket);
    result.source_port = base::Be16::from_host(static_cast<std::uint16_t>(2000 + socket % 8));
    result.destination = net::Ipv4Address::from_host(result.destination.host() + n / sockets);
    return result;
}

/// Brings a flow's first packet through NAT. False: somebody else is at it, or it was dropped.
bool begin(Table<Ipv4>& table, unsigned worker, const Tuple4& original, const Range<Ipv4>& range, base::Random& random) {
    const auto made = table.create(worker_of(worker), original, 0);
    if (made.result != CreateResult::created) {
        return made.result == CreateResult::exists;
    }
    Connection<Ipv4>& connection = *made.connection;
    connection.shared.timeout.store(100'000, std::memory_order_relaxed);
    if (!bind_to_nothing(table, worker_of(worker), connection, End::destination, random, 0) ||
        !bind(table, worker_of(worker), connection, End::source, range, random, 0)) {
        table.abandon(worker_of(worker), connection);
        return false;
    }
    return table.confirm(worker_of(worker), connection, 0);
}

/// What every flow leaves as, in order of the flows.
std::vector<Tuple4> all_leave(const Table<Ipv4>& table, std::uint32_t flows, std::uint32_t sockets) {
    std::vector<Tuple4> result;
    for (std::uint32_t n = 0; n < flows; ++n) {
        const auto found = table.find(flow(n, sockets), 0);
        result.push_back(found ? net::reply_of((*found.connection)[Way::reply].tuple) : Tuple4{});
    }
    return result;
}

// NAT-2, PERF-4: who handles a packet, and when, does not matter, where netfilter throws no dice.
TEST(NatStress, one_worker_and_four_give_the_same_mappings) {
    constexpr std::uint32_t kFlows = 8000;
    constexpr std::uint32_t kSockets = kFlows;  // each has its own, and no two want one outside
    std::vector<std::vector<Tuple4>> outcomes;
    for (const unsigned workers : {1U, kWorkers}) {
        auto table = make_table(workers);
        std::vector<std::thread> threads;
        for (unsigned i = 0; i < workers; ++i) {
            threads.emplace_back([&, i] {
                base::Random random(i + 1);
                for (std::uint32_t n = i; n < kFlows; n += workers) {
                    Tuple4 original = flow(n, kSockets);
                    original.destination = net::Ipv4Address::from_host(0xcb000000U + n);
                    EXPECT_TRUE(begin(*table, i, original, pool(false), random));
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        std::vector<Tuple4> leaves;
        for (std::uint32_t n = 0; n < kFlows; ++n) {
            Tuple4 original = flow(n, kSockets);
            original.destination = net::Ipv4Address::from_host(0xcb000000U + n);
            const auto found = table->find(original, 0);
            ASSERT_TRUE(found);
            leaves.push_back(net::reply_of((*found.connection)[Way::reply].tuple));
        }
        outcomes.push_back(std::move(leaves));
    }
    EXPECT_TRUE(outcomes[0] == outcomes[1]);
}

// NAT-2: scarce ports, fought for: no two flows have one.
TEST(NatStress, no_two_flows_get_one_outside_tuple) {
    constexpr std::uint32_t kFlows = 4000;
    constexpr std::uint32_t kSockets = 1000;
    auto table = make_table(kWorkers);
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < kWorkers; ++i) {
        threads.emplace_back([&, i] {
            base::Random random(i + 1);
            for (std::uint32_t n = 0; n < kFlows; ++n) {
                (void)begin(*table, i, flow((n * 7 + i * 1000) % kFlows, kSockets), pool(false), random);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    std::set<std::string> seen;
    std::uint32_t translated = 0;
    for (const Tuple4& leaves : all_leave(*table, kFlows, kSockets)) {
        if (leaves.protocol != 0) {
            translated += 1;
            EXPECT_TRUE(seen.insert(std::string(reinterpret_cast<const char*>(&leaves), sizeof(leaves))).second);
        }
    }
    EXPECT_GT(translated, kFlows * 9 / 10);
}

// RFC 4787 REQ-1: sockets whose first packets to many places come to all workers at once have one mapping each, and
// nobody shares it; they come and go.
TEST(NatStress, independent_mappings_are_one_for_each_socket_whoever_makes_them) {
    constexpr std::uint32_t kSockets = 64;
    constexpr std::uint32_t kFlows = kSockets * 16;
    constexpr unsigned kRounds = 60;
    auto table = make_table(kWorkers);
    conntrack::test::Epoch epoch(kWorkers);
    std::barrier meet(kWorkers);
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < kWorkers; ++i) {
        threads.emplace_back([&, i] {
            base::Random random(i + 1);
            for (unsigned round = 0; round < kRounds; ++round) {
                // all begin with the same sockets, each with places of its own
                for (std::uint32_t n = 0; n < kFlows / kWorkers; ++n) {
                    const std::uint32_t socket = n % kSockets;
                    const std::uint32_t place = n / kSockets * kWorkers + i;
                    (void)begin(*table, i, flow(place * kSockets + socket, kSockets), pool(true), random);
                }
                meet.arrive_and_wait();
                if (i == 0) {
                    std::map<std::uint32_t, std::uint16_t> port_of;
                    std::set<std::uint16_t> ports;
                    const auto leaves = all_leave(*table, kFlows, kSockets);
                    for (std::uint32_t n = 0; n < kFlows; ++n) {
                        if (leaves[n].protocol == 0) {
                            continue;
                        }
                        const auto [at, is_first] = port_of.emplace(n % kSockets, leaves[n].source_port.host());
                        EXPECT_EQ(at->second, leaves[n].source_port.host()) << "socket " << n % kSockets;
                        if (is_first) {
                            EXPECT_TRUE(ports.insert(at->second).second) << "port " << at->second;
                        }
                    }
                    EXPECT_EQ(port_of.size(), kSockets);
                    EXPECT_EQ(table->mappings().count(), kSockets);
                }
                meet.arrive_and_wait();
                // each ends a part, now of these, now of those, while others do the same; some sockets lose all
                for (std::uint32_t n = i; n < kFlows; n += kWorkers) {
                    const auto found = table->find(flow(n, kSockets), 0);
                    if (found && (round % 3 == 2 || random.below(2) == 0)) {
                        table->remove(worker_of(i), *found.connection);
                    }
                }
                epoch.quiescent(i);
                table->tend(worker_of(i), 0, 10'000, epoch);
                meet.arrive_and_wait();
            }
            epoch.offline(i);
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(table->mappings().count(), 0U);
}

// NAT-2, PERF-4 (the kernel's conntrack_reverse_clash): both ends speak first, and two workers see one each.
TEST(NatStress, two_workers_that_see_both_directions_of_a_new_connection_agree) {
    constexpr std::uint32_t kRounds = 3000;
    auto table = make_table(2);
    conntrack::test::Epoch epoch(2);
    std::barrier meet(2);
    std::vector<std::thread> threads;
    std::atomic<unsigned> unresolved{0};
    for (unsigned i = 0; i < 2; ++i) {
        threads.emplace_back([&, i] {
            base::Random random(i + 1);
            for (std::uint32_t n = 0; n < kRounds; ++n) {
                const Tuple4 one_way = flow(n, kRounds);
                const Tuple4 mine = i == 0 ? one_way : net::reply_of(one_way);
                meet.arrive_and_wait();
                bool is_there = false;
                for (unsigned tries = 0; tries < 1000 && !is_there; ++tries) {
                    is_there = static_cast<bool>(table->find(mine, 0));
                    if (is_there) {
                        break;
                    }
                    const auto made = table->create(worker_of(i), mine, 0);
                    if (made.result == CreateResult::created) {
                        made.connection->shared.timeout.store(100'000, std::memory_order_relaxed);
                        const bool is_bound =
                            bind_to_nothing(*table, worker_of(i), *made.connection, End::destination, random, 0) &&
                            bind_to_nothing(*table, worker_of(i), *made.connection, End::source, random, 0);
                        if (!is_bound) {
                            table->abandon(worker_of(i), *made.connection);
                        } else {
                            is_there = table->confirm(worker_of(i), *made.connection, 0);
                        }
                    }
                    std::this_thread::yield();
                }
                meet.arrive_and_wait();
                const auto forth = table->find(one_way, 0);
                const auto back = table->find(net::reply_of(one_way), 0);
                if (!forth || !back || forth.connection != back.connection) {
                    unresolved.fetch_add(1);
                }
                epoch.quiescent(i);
                table->tend(worker_of(i), 0, 100, epoch);
            }
            epoch.offline(i);
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(unresolved.load(), 0U);
}

}  // namespace
}  // namespace sluice::nat
