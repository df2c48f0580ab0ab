// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "acl/keyed/connection_counts.h"
#include "acl/keyed/estimator.h"
#include "acl/keyed/hash_limits.h"
#include "acl/keyed/recent_list.h"
#include "acl/keyed/slots.h"

namespace sluice::acl::keyed {
namespace {

using Key = std::array<std::uint64_t, 1>;
constexpr std::uint64_t kSecond = 1'000'000'000;

TEST(Slots, as_many_keys_as_wanted_each_find_a_place_of_their_own) {
    for (const std::size_t keys : {1U, 100U, 65'536U}) {
        base::Random random(keys);
        Slots slots(keys, random);
        std::set<std::uint32_t> places;
        std::size_t full = 0;
        for (std::uint64_t key = 0; key < keys; ++key) {
            const Slots::Found found = slots.claim(slots.fingerprint(Key{key}));
            full += found.slot == Slots::kNone ? 1 : 0;
            if (found.slot != Slots::kNone) {
                EXPECT_TRUE(found.is_new);
                EXPECT_TRUE(places.insert(found.slot).second);
                EXPECT_EQ(slots.find(slots.fingerprint(Key{key})), found.slot);
            }
        }
        EXPECT_LE(full, 1U) << keys;
        EXPECT_FALSE(slots.claim(slots.fingerprint(Key{0})).is_new);
    }
}

TEST(Slots, threads_that_claim_one_key_get_one_place) {
    base::Random random(1);
    Slots slots(16, random);
    constexpr int kRounds = 1000;
    std::atomic<int> news{0};
    std::atomic<int> arrived{0};
    std::atomic<bool> differ{false};
    std::array<std::atomic<std::uint32_t>, 2> got{};
    const auto worker = [&](std::size_t self) {
        int phase = 0;
        const auto meet = [&] {
            ++phase;
            arrived.fetch_add(1);
            while (arrived.load() < 2 * phase) {
                std::this_thread::yield();
            }
        };
        for (int round = 0; round < kRounds; ++round) {
            const std::uint64_t key = slots.fingerprint(Key{static_cast<std::uint64_t>(round)});
            meet();
            const Slots::Found found = slots.claim(key);
            news.fetch_add(found.is_new ? 1 : 0);
            got[self].store(found.slot);
            meet();
            if (got[0].load() != got[1].load() || slots.find(key) != found.slot) {
                differ.store(true);
            }
            meet();
            if (self == 0) {
                slots.release(found.slot, key);
            }
        }
    };
    std::thread other(worker, 1);
    worker(0);
    other.join();
    EXPECT_EQ(news.load(), kRounds);
    EXPECT_FALSE(differ.load());
}

// MAT-5
TEST(RecentList, hits_are_counted_over_so_many_seconds_and_only_the_last_so_many_instants) {
    base::Random random(2);
    RecentList list(4, random);
    const RecentList::Question set{};
    const RecentList::Question three_in_ten{.operation = RecentList::Operation::check, .seconds = 10, .hits = 3};
    const RecentList::Question any{.operation = RecentList::Operation::check};
    const Key key{7};
    EXPECT_FALSE(list.ask(any, key, 64, 0));
    for (const std::uint64_t second : {100U, 101U, 102U}) {
        EXPECT_TRUE(list.ask(set, key, 64, second * kSecond));
    }
    EXPECT_TRUE(list.ask(three_in_ten, key, 64, 110 * kSecond));
    EXPECT_FALSE(list.ask(three_in_ten, key, 64, 110 * kSecond + 1));
    EXPECT_TRUE(list.ask(any, key, 64, 1000 * kSecond));
    for (std::uint64_t second = 200; second < 206; ++second) {
        list.add(key, second * kSecond);
    }
    ASSERT_EQ(list.entries().size(), 1U);
    EXPECT_EQ(list.entries()[0].instants_ns.size(), 4U);
    EXPECT_EQ(list.entries()[0].key[0], 7U);
}

TEST(RecentList, the_ttl_of_another_packet_is_another_host) {
    base::Random random(3);
    RecentList list(32, random);
    const RecentList::Question same{.operation = RecentList::Operation::check, .asks_ttl = true};
    EXPECT_TRUE(list.ask({}, Key{1}, 60, kSecond));
    EXPECT_TRUE(list.ask(same, Key{1}, 60, kSecond));
    EXPECT_FALSE(list.ask(same, Key{1}, 61, kSecond));
    EXPECT_TRUE(list.ask(same, Key{1}, 0, kSecond));  // 255 before it was forwarded, and one more
}

TEST(RecentList, reaping_takes_the_oldest_where_it_is_too_old) {
    base::Random random(4);
    RecentList list(32, random);
    for (std::uint64_t host = 1; host <= 3; ++host) {
        list.add(Key{host}, host * 10 * kSecond);
    }
    const RecentList::Question reap{
        .operation = RecentList::Operation::check, .reaps = true, .seconds = 15};
    EXPECT_TRUE(list.ask(reap, Key{3}, 64, 40 * kSecond));
    EXPECT_EQ(list.entries().size(), 2U);
    EXPECT_TRUE(list.ask(reap, Key{3}, 64, 40 * kSecond));
    EXPECT_EQ(list.entries().size(), 1U);
    EXPECT_TRUE(list.ask(reap, Key{3}, 64, 40 * kSecond));
    EXPECT_EQ(list.entries().size(), 1U);
}

TEST(RecentList, who_is_about_to_be_updated_is_not_reaped) {  // xt_recent since Linux 5.11
    base::Random random(4);
    RecentList list(32, random);
    list.add(Key{1}, 10 * kSecond);
    const RecentList::Question quiet{
        .operation = RecentList::Operation::update, .inverted = true, .reaps = true, .seconds = 5};
    EXPECT_TRUE(list.ask(quiet, Key{1}, 64, 20 * kSecond));
    ASSERT_EQ(list.entries().size(), 1U);
    EXPECT_EQ(list.entries()[0].instants_ns.size(), 2U);
}

TEST(RecentList, an_operator_who_adds_a_known_address_leaves_its_ttl) {
    base::Random random(4);
    RecentList list(32, random);
    EXPECT_TRUE(list.ask({}, Key{1}, 60, kSecond));
    list.add(Key{1}, 2 * kSecond);
    EXPECT_EQ(list.entries().at(0).ttl, 60);
}

TEST(HashLimits, a_group_is_forgotten_and_makes_room) {
    base::Random random(5);
    HashLimits limits({.average = 1'000'000, .burst = 2, .mode = 4, .size = 1, .most = 1, .expire_ms = 5'000}, random);
    using Says = HashLimits::Says;
    EXPECT_EQ(limits.ask(Key{1}, 100, 10 * kSecond), Says::below);
    EXPECT_EQ(limits.ask(Key{1}, 100, 10 * kSecond), Says::below);
    EXPECT_EQ(limits.ask(Key{1}, 100, 10 * kSecond), Says::above);
    EXPECT_EQ(limits.ask(Key{1}, 100, 11 * kSecond), Says::below);
    EXPECT_EQ(limits.ask(Key{2}, 100, 11 * kSecond), Says::full);
    limits.sweep(15 * kSecond);
    EXPECT_EQ(limits.groups(), 1U);
    limits.sweep(16 * kSecond);
    EXPECT_EQ(limits.groups(), 0U);
    EXPECT_EQ(limits.ask(Key{2}, 100, 16 * kSecond), Says::below);
}

TEST(HashLimits, a_group_lives_on_until_the_collector_comes_by) {
    base::Random random(5);
    HashLimits limits({.average = 10'000'000, .burst = 2, .mode = 4, .sweep_ms = 4'000, .expire_ms = 1'000}, random);
    using Says = HashLimits::Says;
    EXPECT_EQ(limits.ask(Key{1}, 100, 40 * kSecond), Says::below);
    EXPECT_EQ(limits.ask(Key{1}, 100, 40 * kSecond), Says::below);
    EXPECT_EQ(limits.ask(Key{1}, 100, 42 * kSecond), Says::above);
    EXPECT_EQ(limits.ask(Key{1}, 100, 43 * kSecond + 1), Says::above);  // ends at 44 s and a bit, looked for at 48
    EXPECT_EQ(limits.ask(Key{1}, 100, 46 * kSecond), Says::above);
    EXPECT_EQ(limits.ask(Key{1}, 100, 48 * kSecond), Says::below);
}

// MAT-5
TEST(HashLimits, a_rate_match_counts_all_and_is_told_by_the_window_before) {
    base::Random random(5);
    HashLimits limits({.average = 500'000, .burst = 1, .interval_s = 2, .mode = 4, .sweep_ms = 60'000, .expire_ms = 60'000}, random);
    using Says = HashLimits::Says;
    const auto ask = [&](std::uint64_t now_ns) { return limits.ask(Key{1}, 100, now_ns); };
    // Two packets in two seconds, and one more within the window that goes on.
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(ask(10 * kSecond), Says::below) << i;
    }
    EXPECT_EQ(ask(10 * kSecond), Says::above);
    EXPECT_EQ(ask(12 * kSecond - 2), Says::above);
    // Five in two seconds: the next window is above whatever it holds.
    EXPECT_EQ(ask(12 * kSecond), Says::above);
    // One in three seconds.
    EXPECT_EQ(ask(15 * kSecond), Says::below);
    // Three in four seconds are not more than two in two.
    EXPECT_EQ(ask(16 * kSecond), Says::below);
    EXPECT_EQ(ask(16 * kSecond), Says::below);
    EXPECT_EQ(ask(19 * kSecond), Says::below);
}

TEST(HashLimits, a_rate_match_in_bytes) {
    base::Random random(5);
    // 32 * 16 bytes a second; a burst is the most in a window.
    constexpr std::uint64_t kCost = 0xffffffffU / 33;
    HashLimits limits({.average = kCost, .burst = 2, .by_bytes = true, .interval_s = 1, .mode = 4, .expire_ms = 15'000}, random);
    using Says = HashLimits::Says;
    EXPECT_EQ(limits.ask(Key{1}, 1000, 10 * kSecond), Says::below);
    EXPECT_EQ(limits.ask(Key{1}, 24, 10 * kSecond), Says::below);
    EXPECT_EQ(limits.ask(Key{1}, 1, 10 * kSecond), Says::above);
    EXPECT_EQ(limits.ask(Key{1}, 1, 11 * kSecond), Says::above);
    EXPECT_EQ(limits.ask(Key{1}, 1024, 12 * kSecond), Says::below);
    EXPECT_EQ(limits.ask(Key{1}, 1, 14 * kSecond), Says::below);
}

TEST(Counters, threads_that_count_up_and_down_end_at_zero_and_leave_no_key) {
    base::Random random(6);
    Counters counters(4, random);
    constexpr int kRounds = 100'000;
    const auto worker = [&] {
        for (int round = 0; round < kRounds; ++round) {
            const std::uint64_t hash = counters.hash(Key{static_cast<std::uint64_t>(round % 3)});
            if (counters.add(hash) != 0) {
                counters.subtract(hash);
            }
        }
    };
    std::thread other(worker);
    worker();
    other.join();
    for (std::uint64_t key = 0; key < 3; ++key) {
        EXPECT_EQ(counters.value(counters.hash(Key{key})), 0U);
    }
}

// MAT-5
TEST(Estimator, an_average_follows_the_rate_as_in_linux) {
    constexpr std::uint64_t kQuarter = kSecond / 4;
    Estimator estimator({.interval = 0, .ewma = 1});
    estimator.tend(1);  // begins
    for (int i = 0; i < 100; ++i) {
        estimator.count(static_cast<std::uint32_t>(i), 1000);
    }
    estimator.tend(kQuarter);
    EXPECT_EQ(estimator.rate(), Estimator::Rate()) << "the interval is not over";
    std::uint64_t now = 1 + kQuarter;
    for (const std::uint64_t packets : {200U, 100U, 50U, 25U, 12U, 6U, 3U, 1U, 0U, 0U}) {
        estimator.tend(now);
        EXPECT_EQ(estimator.rate().packets, packets);
        now += kQuarter;
    }
    for (int i = 0; i < 10; ++i) {
        estimator.tend(now += kQuarter);
    }
    EXPECT_EQ(estimator.rate(), Estimator::Rate());
}

TEST(Estimator, a_long_interval_and_a_slow_average) {
    constexpr std::uint64_t kInterval = 8 * kSecond;
    Estimator estimator({.interval = 5, .ewma = 3});
    estimator.tend(5);
    for (int step = 1; step <= 100; ++step) {
        for (int i = 0; i < 80; ++i) {
            estimator.count(0, 100);
        }
        estimator.tend(5 + static_cast<std::uint64_t>(step) * kInterval);
        if (step == 1) {
            EXPECT_EQ(estimator.rate(), (Estimator::Rate{125, 1}));  // 80 packets in 8 s, an eighth of it
        }
    }
    EXPECT_EQ(estimator.rate(), (Estimator::Rate{1000, 10}));
}

TEST(Estimator, a_timer_that_was_late_begins_anew) {
    Estimator estimator({.interval = 0, .ewma = 1});
    estimator.tend(1);
    estimator.count(0, 100);
    estimator.tend(10 * kSecond);
    EXPECT_EQ(estimator.rate().packets, 2U);
    estimator.tend(10 * kSecond + 1);
    EXPECT_EQ(estimator.rate().packets, 1U);
    estimator.tend(10 * kSecond + 2);
    EXPECT_EQ(estimator.rate().packets, 1U);
}

TEST(ConnectionCounts, a_connection_counts_once_for_each_group_until_it_ends) {
    base::Random random(7);
    ConnectionCounts counts(random);
    const auto living = [] { return true; };
    EXPECT_EQ(counts.ask(1, {10, 1}, living), 1U);
    EXPECT_EQ(counts.ask(1, {10, 1}, living), 1U);
    EXPECT_EQ(counts.ask(1, {11, 1}, living), 2U);
    EXPECT_EQ(counts.ask(2, {10, 1}, living), 1U);
    EXPECT_EQ(counts.ask(1, {12, 1}, [] { return false; }), 3U) << "one that is closed counts for itself alone";
    EXPECT_EQ(counts.count(1), 2U);
    counts.erase(1, {10, 1});
    counts.erase(1, {10, 1});
    EXPECT_EQ(counts.count(1), 1U);
    EXPECT_EQ(counts.count(2), 1U);
    int asked = 0;
    EXPECT_EQ(counts.ask(3, {13, 1}, [&] { return asked++ == 0; }), 1U) << "it ends while it is counted";
    EXPECT_EQ(counts.count(3), 0U);
}

}  // namespace
}  // namespace sluice::acl::keyed
