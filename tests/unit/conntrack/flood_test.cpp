// SPDX-License-Identifier: BSD-3-Clause
// RES-5: tuples that somebody has crafted cost what random ones cost.
#include <gtest/gtest.h>
#include <nmmintrin.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "conntrack/table.h"
#include "nat/jenkins.h"

namespace sluice::conntrack {
namespace {

using net::Ipv4;
using net::Ipv4Address;
using Tuple4 = net::Tuple<Ipv4>;

constexpr std::size_t kTuples = 10'000;
constexpr base::WorkerId kWorker{0};

Tuple4 tuple_of(std::uint32_t source, std::uint32_t ports) {
    Tuple4 tuple{};
    tuple.source = Ipv4Address::from_host(source);
    tuple.destination = Ipv4Address::from_host(0xc6336401U);
    tuple.source_port = base::Be16::from_raw(static_cast<std::uint16_t>(ports));
    tuple.destination_port = base::Be16::from_raw(static_cast<std::uint16_t>(ports >> 16U));
    tuple.protocol = 17;
    return tuple;
}

/// What CRC32C says of a tuple's bytes.
std::uint32_t crc_of(const Tuple4& tuple, std::uint32_t seed) {
    std::array<std::uint32_t, 4> words{};
    std::memcpy(words.data(), &tuple, sizeof(tuple));
    for (const std::uint32_t word : words) {
        seed = _mm_crc32_u32(seed, word);
    }
    return seed;
}

/// One CRC32C for all of them, whatever the seed: the ports undo what the address has done to it.
std::vector<Tuple4> colliding_under_crc32() {
    std::vector<Tuple4> tuples;
    for (std::uint32_t n = 0; n < kTuples; ++n) {
        Tuple4 tuple = tuple_of(0xcb000000U + n * 7, 0);
        std::array<std::uint32_t, 4> words{};
        std::memcpy(words.data(), &tuple, sizeof(tuple));
        const std::uint32_t behind_addresses = _mm_crc32_u32(_mm_crc32_u32(0, words[0]), words[1]);
        tuples.push_back(tuple_of(0xcb000000U + n * 7, behind_addresses ^ 0x12345678U));
    }
    return tuples;
}

/// The lower twelve bits of jhash with seed 0 are the same: all in one of 4096 buckets.
std::vector<Tuple4> colliding_under_jhash() {
    std::vector<Tuple4> tuples;
    for (std::uint32_t n = 0; tuples.size() < kTuples; ++n) {
        const Tuple4 tuple = tuple_of(0xcb000000U + n, 0x35003500U);
        std::array<std::uint32_t, 4> words{};
        std::memcpy(words.data(), &tuple, sizeof(tuple));
        if ((nat::jenkins(words, 0) & 0xfffU) == 0) {
            tuples.push_back(tuple);
        }
    }
    return tuples;
}

std::vector<Tuple4> random_ones() {
    base::Random random(77);
    std::vector<Tuple4> tuples;
    for (std::size_t n = 0; n < kTuples; ++n) {
        tuples.push_back(tuple_of(static_cast<std::uint32_t>(random.next()), static_cast<std::uint32_t>(random.next())));
    }
    return tuples;
}

/// Nanoseconds to look all of them up, the least of several rounds. They are put into a table of their own first.
std::int64_t cost_of(const std::vector<Tuple4>& tuples) {
    base::Random random(5);
    auto table = Table<Ipv4>::create_table({.max = 20'000, .workers = 1}, random).value();
    for (const Tuple4& tuple : tuples) {
        const auto made = table->create(kWorker, tuple, 0);
        if (made.result == CreateResult::created) {
            made.connection->shared.timeout.store(100'000);
            EXPECT_TRUE(table->confirm(kWorker, *made.connection, 0));
        }
    }
    EXPECT_GT(table->count(), tuples.size() * 99 / 100);
    std::int64_t least = INT64_MAX;
    for (int round = 0; round < 20; ++round) {
        const auto begin = std::chrono::steady_clock::now();
        std::size_t found = 0;
        for (const Tuple4& tuple : tuples) {
            found += table->find(tuple, 0) ? 1 : 0;
        }
        const auto took = std::chrono::steady_clock::now() - begin;
        EXPECT_GT(found, tuples.size() * 99 / 100);
        least = std::min<std::int64_t>(least, std::chrono::duration_cast<std::chrono::nanoseconds>(took).count());
    }
    return least;
}

TEST(HashFlood, the_crafted_tuples_do_collide_where_they_are_meant_to) {
    const auto by_crc = colliding_under_crc32();
    for (const std::uint32_t seed : {0U, 1U, 0xdeadbeefU}) {
        const std::uint32_t first = crc_of(by_crc.front(), seed);
        EXPECT_TRUE(std::all_of(by_crc.begin(), by_crc.end(), [&](const Tuple4& tuple) { return crc_of(tuple, seed) == first; }));
    }
}

TEST(HashFlood, crafted_tuples_cost_at_most_four_times_what_random_ones_cost) {
    const std::int64_t random = cost_of(random_ones());
    EXPECT_LT(cost_of(colliding_under_crc32()), 4 * random);
    EXPECT_LT(cost_of(colliding_under_jhash()), 4 * random);
}

// RES-6: when very many end at one moment, each poll ends as many as it is told to, and what is late is not found.
TEST(Expiry, of_all_connections_at_once_is_done_in_small_pieces) {
    struct NoReaders {
        std::uint64_t begin() noexcept { return 0; }
        bool passed(std::uint64_t) noexcept { return true; }
    } nobody;
    base::Random random(5);
    auto table = Table<Ipv4>::create_table({.max = 200'000, .workers = 1}, random).value();
    constexpr std::uint32_t kMany = 150'000;
    constexpr unsigned kBudget = 256;
    for (std::uint32_t n = 0; n < kMany; ++n) {
        const auto made = table->create(kWorker, tuple_of(0xcb000000U + n, 0x35003500U), 0);
        ASSERT_EQ(made.result, CreateResult::created);
        made.connection->shared.timeout.store(3000);
        ASSERT_TRUE(table->confirm(kWorker, *made.connection, 0));
    }
    const Ticks later = 3100;
    EXPECT_FALSE(table->find(tuple_of(0xcb000000U, 0x35003500U), later));
    unsigned polls = 0;
    std::uint32_t before = table->count();
    for (; before != 0 && polls < 10'000; ++polls) {
        table->tend(kWorker, later, kBudget, nobody);
        ASSERT_LE(before - table->count(), kBudget);
        before = table->count();
    }
    EXPECT_EQ(before, 0U);
    EXPECT_GE(polls, kMany / kBudget);
}

}  // namespace
}  // namespace sluice::conntrack
