// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "conntrack/tcp_record.h"
#include "epoch.h"

namespace sluice::conntrack {
namespace {

using net::Ipv4;
using net::Ipv4Address;
using Tuple4 = net::Tuple<Ipv4>;

constexpr base::WorkerId kFirst{0};
constexpr base::WorkerId kSecond{1};

Tuple4 flow(std::uint32_t n) {
    Tuple4 tuple{};
    tuple.source = Ipv4Address::from_host(0x0a000000U + n / 50000);
    tuple.destination = Ipv4Address::from_host(0x08080808U);
    tuple.source_port = base::Be16::from_host(static_cast<std::uint16_t>(1000 + n % 50000));
    tuple.destination_port = base::Be16::from_host(53);
    tuple.protocol = 17;
    return tuple;
}

class TableTest : public testing::Test {
protected:
    base::Random random_{5};
    std::unique_ptr<Table<Ipv4>> table_ =
        Table<Ipv4>::create_table({.max = 1000, .workers = 2}, random_).value();
    test::NoReaders nobody_;
    Ticks now_ = 1000;

    Connection<Ipv4>* pending(const Tuple4& tuple, base::WorkerId worker = kFirst, Ticks timeout = 3000) {
        const auto made = table_->create(worker, tuple, now_);
        if (made.result != CreateResult::created) {
            return nullptr;
        }
        made.connection->shared.timeout.store(timeout);
        return made.connection;
    }
    Connection<Ipv4>* confirmed(const Tuple4& tuple, base::WorkerId worker = kFirst, Ticks timeout = 3000) {
        Connection<Ipv4>* connection = pending(tuple, worker, timeout);
        return connection != nullptr && table_->confirm(worker, *connection, now_) ? connection : nullptr;
    }
    void tend() {
        table_->tend(kFirst, now_, 100'000, nobody_);
        table_->tend(kSecond, now_, 100'000, nobody_);
        table_->tend(table_->control(), now_, 100'000, nobody_);
    }
};

// CT-11
TEST_F(TableTest, finds_a_connection_both_ways_once_it_is_confirmed) {
    Connection<Ipv4>* connection = pending(flow(1));
    ASSERT_NE(connection, nullptr);
    EXPECT_FALSE(table_->find(flow(1), now_));
    ASSERT_TRUE(table_->confirm(kFirst, *connection, now_));
    const auto original = table_->find(flow(1), now_);
    EXPECT_EQ(original.connection, connection);
    EXPECT_EQ(original.way, Way::original);
    const auto reply = table_->find(net::reply_of(flow(1)), now_);
    EXPECT_EQ(reply.connection, connection);
    EXPECT_EQ(reply.way, Way::reply);
    EXPECT_FALSE(table_->find(flow(2), now_));
    EXPECT_EQ(table_->count(), 1U);
}

// CT-12
TEST_F(TableTest, keeps_equal_tuples_of_different_zones_apart) {
    Tuple4 in_zone = flow(1);
    in_zone.zone = 7;
    Connection<Ipv4>* plain = confirmed(flow(1));
    Connection<Ipv4>* zoned = confirmed(in_zone);
    ASSERT_NE(zoned, nullptr);
    EXPECT_EQ(table_->find(flow(1), now_).connection, plain);
    EXPECT_EQ(find_in(*table_, {7, 7}, flow(1), now_).connection, zoned);
    EXPECT_EQ(find_in(*table_, {7, 7}, net::reply_of(flow(1)), now_).way, Way::reply);
    EXPECT_FALSE(find_in(*table_, {8, 8}, flow(1), now_));
}

// CT-12
TEST_F(TableTest, finds_a_zone_of_one_direction_in_that_direction_only) {
    Tuple4 in_zone = flow(1);
    in_zone.zone = 9;
    const auto made = table_->create(kFirst, in_zone, 0, now_);
    ASSERT_EQ(made.result, CreateResult::created);
    made.connection->shared.timeout.store(3000);
    ASSERT_TRUE(table_->confirm(kFirst, *made.connection, now_));
    EXPECT_EQ(find_in(*table_, {9, 0}, flow(1), now_).way, Way::original);
    EXPECT_TRUE(find_in(*table_, {}, net::reply_of(flow(1)), now_));
    EXPECT_TRUE(find_in(*table_, {9, 0}, net::reply_of(flow(1)), now_));
    EXPECT_FALSE(find_in(*table_, {0, 9}, flow(1), now_)) << "9 is the zone of replies there";
    EXPECT_FALSE(find_in(*table_, {}, flow(1), now_));
    // A mirrored one meets none of its keys, though both its tuples are there.
    EXPECT_EQ(table_->create(kSecond, net::reply_of(flow(1)), 9, now_).result, CreateResult::created);
}

// CT-11
TEST_F(TableTest, forgets_a_connection_whose_packet_was_dropped) {
    Connection<Ipv4>* connection = pending(flow(1));
    ASSERT_TRUE(table_->reserve_reply(kFirst, *connection, net::reply_of(flow(1)), now_));
    table_->abandon(kFirst, *connection);
    EXPECT_EQ(table_->count(), 0U);
    EXPECT_FALSE(table_->find(flow(1), now_));
    EXPECT_NE(pending(flow(1)), nullptr);
}

TEST_F(TableTest, tells_a_second_creator_what_the_first_is_about) {
    Connection<Ipv4>* connection = pending(flow(1));
    EXPECT_EQ(table_->create(kSecond, flow(1), now_).result, CreateResult::pending);
    ASSERT_TRUE(table_->confirm(kFirst, *connection, now_));
    EXPECT_EQ(table_->create(kSecond, flow(1), now_).result, CreateResult::exists);
    EXPECT_EQ(table_->create(kSecond, net::reply_of(flow(1)), now_).result, CreateResult::exists);
    EXPECT_EQ(table_->count(), 1U);
}

// Both ends may speak first: which packet is the reply is known when the connection is there.
TEST_F(TableTest, lets_the_other_end_wait_while_a_connection_is_being_begun) {
    Connection<Ipv4>* connection = pending(flow(1));
    EXPECT_EQ(table_->create(kFirst, net::reply_of(flow(1)), now_).result, CreateResult::pending);
    EXPECT_EQ(table_->create(kSecond, net::reply_of(flow(1)), now_).result, CreateResult::pending);
    ASSERT_TRUE(table_->confirm(kFirst, *connection, now_));
    EXPECT_EQ(table_->create(kSecond, net::reply_of(flow(1)), now_).result, CreateResult::exists);
}

// NAT-2
TEST_F(TableTest, gives_a_reply_tuple_to_one_connection_only) {
    Connection<Ipv4>* one = pending(flow(1), kFirst);
    Connection<Ipv4>* two = pending(flow(2), kSecond);
    const Tuple4 outside = net::reply_of(flow(77));
    EXPECT_TRUE(table_->reserve_reply(kFirst, *one, outside, now_));
    EXPECT_FALSE(table_->reserve_reply(kSecond, *two, outside, now_));
    EXPECT_TRUE((*two)[Way::reply].tuple == net::reply_of(flow(2)));
    // what the first lets go of is free again: it is replaced, not added
    EXPECT_TRUE(table_->reserve_reply(kFirst, *one, net::reply_of(flow(78)), now_));
    EXPECT_TRUE(table_->reserve_reply(kSecond, *two, outside, now_));
    EXPECT_TRUE(table_->confirm(kFirst, *one, now_));
    EXPECT_TRUE(table_->confirm(kSecond, *two, now_));
    EXPECT_EQ(table_->find(outside, now_).connection, two);
    EXPECT_EQ(table_->find(net::reply_of(flow(78)), now_).connection, one);
    EXPECT_FALSE(table_->find(net::reply_of(flow(1)), now_));
    EXPECT_EQ(table_->statistics(kSecond).found.value(), 1U);
}

// NAT-8
TEST_F(TableTest, refuses_to_confirm_what_would_share_a_reply_tuple) {
    ASSERT_NE(confirmed(flow(1)), nullptr);
    Connection<Ipv4>* two = pending(flow(2));
    table_->set_reply(*two, net::reply_of(flow(1)));
    EXPECT_FALSE(table_->confirm(kFirst, *two, now_));
    EXPECT_EQ(table_->count(), 1U);
    EXPECT_EQ(table_->statistics(kFirst).insert_failed.value(), 1U);
    EXPECT_EQ(table_->statistics(kFirst).drop.value(), 1U);
}

TEST_F(TableTest, keeps_a_connection_of_a_host_with_itself) {
    Tuple4 mirror = flow(1);
    mirror.destination = mirror.source;
    mirror.destination_port = mirror.source_port;
    EXPECT_NE(confirmed(mirror), nullptr);
    EXPECT_TRUE(table_->find(mirror, now_));
}

TEST_F(TableTest, finds_bursts_as_it_finds_single_tuples) {
    for (std::uint32_t i = 0; i < 900; i += 2) {
        ASSERT_NE(confirmed(flow(i)), nullptr);
    }
    std::vector<Tuple4> tuples;
    for (std::uint32_t i = 0; i < 64; ++i) {
        tuples.push_back(i % 4 < 2 ? flow(i * 13) : net::reply_of(flow(i * 13)));
    }
    std::vector<Found<Ipv4>> found(64);
    table_->find_burst(tuples, found, now_);
    for (std::size_t i = 0; i < 64; ++i) {
        const auto single = table_->find(tuples[i], now_);
        EXPECT_EQ(found[i].connection, single.connection);
        EXPECT_EQ(found[i].way, single.way);
        EXPECT_EQ(static_cast<bool>(single), i * 13 < 900 && i * 13 % 2 == 0);
    }
}

TEST_F(TableTest, an_expired_connection_is_gone_before_anybody_has_cleared_it_away) {
    ASSERT_NE(confirmed(flow(1), kFirst, 500), nullptr);
    now_ += 499;
    EXPECT_TRUE(table_->find(flow(1), now_));
    now_ += 1;
    EXPECT_FALSE(table_->find(flow(1), now_));
    Cursor cursor;
    EXPECT_EQ(table_->step(cursor, now_), nullptr);
    EXPECT_NE(confirmed(flow(1), kSecond), nullptr);
    EXPECT_EQ(table_->count(), 1U);
    tend();
    EXPECT_TRUE(table_->find(flow(1), now_));
}

TEST_F(TableTest, packets_of_either_direction_prolong) {
    Connection<Ipv4>* connection = confirmed(flow(1), kFirst, 500);
    for (int i = 0; i < 20; ++i) {
        now_ += 400;
        tend();
        ASSERT_TRUE(table_->find(flow(1), now_)) << i;
        table_->refresh(i % 2 == 0 ? kFirst : kSecond, *connection, i % 2 == 0 ? Way::original : Way::reply,
                        500, now_);
    }
    now_ += 600;
    tend();
    EXPECT_EQ(table_->count(), 0U);
    EXPECT_EQ(table_->statistics(kFirst).expired.value(), 1U);
}

// CT-5, surprise 6: the owner acts on a timeout that another worker has shortened
TEST_F(TableTest, a_timeout_that_another_worker_shortens_takes_effect_within_a_second) {
    for (const auto worker : {kFirst, kSecond}) {
        Connection<Ipv4>* connection = confirmed(flow(1), kFirst, 43'200'000);
        now_ += 5000;
        tend();
        table_->refresh(worker, *connection, Way::reply, 1000, now_);
        tend();
        now_ += 999;
        tend();
        EXPECT_EQ(table_->count(), 1U);
        now_ += 1 + 100;
        tend();
        EXPECT_EQ(table_->count(), 0U);
    }
}

TEST_F(TableTest, others_may_end_a_connection_and_its_owner_reuses_it) {
    test::Epoch epoch(2);
    Connection<Ipv4>* connection = confirmed(flow(1), kFirst);
    const std::uint32_t index = table_->index(*connection);
    EXPECT_TRUE(table_->remove(kSecond, *connection));
    EXPECT_FALSE(table_->remove(kFirst, *connection));
    EXPECT_FALSE(table_->find(flow(1), now_));
    EXPECT_EQ(table_->count(), 0U);
    table_->tend(kFirst, now_, 100, epoch);
    epoch.quiescent(0);
    table_->tend(kFirst, now_, 100, epoch);
    EXPECT_EQ(table_->at(index).shared.life.load(), Life::dead);  // the second worker may still hold it
    epoch.quiescent(1);
    table_->tend(kFirst, now_, 100, epoch);
    EXPECT_EQ(table_->at(index).shared.life.load(), Life::free);
    EXPECT_EQ(table_->index(*confirmed(flow(2))), index);
}

// RES-1
TEST_F(TableTest, labels_are_a_connections_own_and_gone_with_it) {
    Connection<Ipv4>* connection = pending(flow(1));
    EXPECT_EQ(table_->labels(*connection), nullptr);
    table_->begin_labels(*connection);
    Connection<Ipv4>* other = pending(flow(2));
    table_->begin_labels(*other);
    for (const unsigned label : {0U, 63U, 64U, 127U}) {
        EXPECT_FALSE(table_->labels(*connection)->has(label));
        table_->labels(*connection)->set(label);
        EXPECT_TRUE(table_->labels(*connection)->has(label));
        EXPECT_FALSE(table_->labels(*other)->has(label));
    }
    EXPECT_FALSE(table_->labels(*connection)->has(1));
    EXPECT_TRUE(has_label(table_->labels(*connection)->bits(), 127));
    const std::uint32_t index = table_->index(*connection);
    table_->abandon(kFirst, *connection);
    tend();
    Connection<Ipv4>* next = nullptr;
    for (std::uint32_t n = 3; n < 900 && (next == nullptr || table_->index(*next) != index); ++n) {
        next = pending(flow(n));
    }
    ASSERT_EQ(table_->index(*next), index);
    EXPECT_EQ(table_->labels(*next), nullptr);
    table_->begin_labels(*next);
    EXPECT_EQ(table_->labels(*next)->bits(), LabelBits{});
}

TEST_F(TableTest, a_full_table_evicts_what_is_not_assured) {
    for (std::uint32_t i = 0; i < 1000; ++i) {
        ASSERT_NE(confirmed(flow(i)), nullptr);
    }
    EXPECT_EQ(table_->count(), 1000U);
    unsigned made = 0;
    for (std::uint32_t i = 1000; i < 1200; ++i) {
        made += confirmed(flow(i)) != nullptr ? 1U : 0U;
        tend();
    }
    EXPECT_EQ(made, 200U);
    EXPECT_EQ(table_->count(), 1000U);
    EXPECT_EQ(table_->statistics(kFirst).early_drop.value(), 200U);
}

// RES-1
TEST_F(TableTest, a_full_table_evicts_what_is_closing_where_all_are_assured) {
    const auto tcp = [](std::uint32_t n) {
        Tuple4 tuple = flow(n);
        tuple.protocol = net::kProtocolTcp;
        return tuple;
    };
    for (std::uint32_t i = 0; i < 1000; ++i) {
        Connection<Ipv4>* connection = confirmed(tcp(i));
        connection->set(status::kAssured);
        TcpMemory memory;
        memory.state = i % 2 == 0 ? TcpState::established : TcpState::time_wait;
        connection->shared.protocol.store(tcp_control_word(memory));
    }
    for (std::uint32_t i = 5000; i < 5020; ++i) {
        Connection<Ipv4>* connection = confirmed(tcp(i));
        ASSERT_NE(connection, nullptr);
        connection->set(status::kAssured);
    }
    for (std::uint32_t i = 0; i < 1000; i += 2) {
        EXPECT_TRUE(table_->find(tcp(i), now_));
    }
}

// The essay in timer_wheel.h
TEST(TimeoutClass, grows_with_the_timeout_and_tells_an_eighth_apart) {
    std::uint8_t before = 0;
    for (Ticks timeout = 1; timeout < 50'000'000; timeout += 1 + timeout / 16) {
        EXPECT_GE(timeout_class(timeout), before);
        EXPECT_GT(timeout_class(timeout + timeout / 7 + 1), timeout_class(timeout));
        before = timeout_class(timeout);
    }
}

// RES-1
TEST_F(TableTest, a_table_full_of_assured_connections_refuses_new_ones) {
    for (std::uint32_t i = 0; i < 1000; ++i) {
        confirmed(flow(i))->set(status::kAssured);
    }
    EXPECT_EQ(table_->create(kFirst, flow(5000), now_).result, CreateResult::full);
    EXPECT_EQ(table_->statistics(kFirst).drop.value(), 1U);
    EXPECT_EQ(table_->count(), 1000U);
    for (std::uint32_t i = 0; i < 1000; ++i) {
        EXPECT_TRUE(table_->find(flow(i), now_));
    }
}

TEST_F(TableTest, the_limit_can_be_lowered_and_raised_again) {
    EXPECT_EQ(table_->set_max(2), 2U);
    for (std::uint32_t i = 0; i < 2; ++i) {
        confirmed(flow(i))->set(status::kAssured);
    }
    EXPECT_EQ(confirmed(flow(3)), nullptr);
    EXPECT_EQ(table_->set_max(1'000'000), 1000U);
    EXPECT_NE(confirmed(flow(3)), nullptr);
}

TEST_F(TableTest, a_walk_meets_every_living_connection_once) {
    std::set<std::uint32_t> living;
    for (std::uint32_t i = 0; i < 300; ++i) {
        Connection<Ipv4>* connection = confirmed(flow(i));
        if (i % 3 == 0) {
            table_->remove(kFirst, *connection);
        } else {
            living.insert(table_->index(*connection));
        }
    }
    ASSERT_NE(pending(flow(999)), nullptr);
    Cursor cursor;
    while (const Connection<Ipv4>* connection = table_->step(cursor, now_)) {
        EXPECT_EQ(living.erase(table_->index(*connection)), 1U);
    }
    EXPECT_TRUE(living.empty());
}

// `conntrack -F`
TEST_F(TableTest, the_control_thread_may_flush_all_and_every_entry_comes_back) {
    for (unsigned round = 0; round < 5; ++round) {
        for (std::uint32_t i = 0; i < 1000; ++i) {
            ASSERT_NE(confirmed(flow(i), i % 2 == 0 ? kFirst : kSecond), nullptr) << round;
        }
        Cursor cursor;
        while (Connection<Ipv4>* connection = table_->step(cursor, now_)) {
            EXPECT_TRUE(table_->remove(table_->control(), *connection));
        }
        EXPECT_EQ(table_->count(), 0U);
        tend();
        tend();
    }
}

TEST_F(TableTest, its_buckets_take_all_that_the_limit_allows) {
    base::Random random(9);
    auto large = Table<Ipv4>::create_table({.max = 50'000, .workers = 1}, random).value();
    for (std::uint32_t i = 0; i < 50'000; ++i) {
        const auto made = large->create(kFirst, flow(i), now_);
        ASSERT_EQ(made.result, CreateResult::created) << i;
        made.connection->shared.timeout.store(1000);
        ASSERT_TRUE(large->confirm(kFirst, *made.connection, now_)) << i;
    }
    for (std::uint32_t i = 0; i < 50'000; ++i) {
        ASSERT_TRUE(large->find(flow(i), now_));
        ASSERT_TRUE(large->find(net::reply_of(flow(i)), now_));
    }
    EXPECT_FALSE(large->find(flow(60'000), now_));
}

TEST_F(TableTest, refuses_sizes_that_cannot_be) {
    EXPECT_FALSE(Table<Ipv4>::create_table({.max = 0}, random_));
    EXPECT_FALSE(Table<Ipv4>::create_table({.max = 0xffffffffU}, random_));
    EXPECT_FALSE(Table<Ipv4>::create_table({.workers = 64}, random_));
}

TEST(TableIpv6, keeps_connections_of_the_other_family_too) {
    base::Random random(3);
    auto table = Table<net::Ipv6>::create_table({.max = 100, .workers = 1}, random).value();
    net::Tuple<net::Ipv6> tuple{};
    tuple.source = net::parse_ipv6("2001:db8::1").value();
    tuple.destination = net::parse_ipv6("2001:db8::2").value();
    tuple.source_port = base::Be16::from_host(4000);
    tuple.destination_port = base::Be16::from_host(53);
    tuple.protocol = 17;
    const auto made = table->create(kFirst, tuple, 0);
    made.connection->shared.timeout.store(100);
    ASSERT_TRUE(table->confirm(kFirst, *made.connection, 0));
    EXPECT_EQ(table->find(net::reply_of(tuple), 0).connection, made.connection);
}

// RES-5: what collides under one key does not under another, and neighbours spread evenly.
TEST(TupleHashTest, spreads_neighbours_evenly_and_differently_with_every_key) {
    base::Random one(1);
    base::Random two(2);
    const TupleHash first(one);
    const TupleHash second(two);
    constexpr std::size_t kBins = 1024;
    std::vector<unsigned> bins(kBins);
    std::vector<std::uint32_t> colliding;
    for (std::uint32_t i = 0; i < 64 * kBins; ++i) {
        ++bins[first(flow(i)) % kBins];
        if (first(flow(i)) % kBins == 0) {
            colliding.push_back(i);
        }
    }
    EXPECT_LT(*std::max_element(bins.begin(), bins.end()), 64U + 6 * 8);
    EXPECT_GT(*std::min_element(bins.begin(), bins.end()), 64U - 6 * 8);
    std::set<std::uint64_t> elsewhere;
    for (const std::uint32_t i : colliding) {
        elsewhere.insert(second(flow(i)) % kBins);
    }
    EXPECT_GT(elsewhere.size(), colliding.size() * 8 / 10);
}

// RES-5: with a linear hash equal differences of inputs give equal differences of outputs, under any key.
TEST(TupleHashTest, is_not_linear) {
    base::Random random(4);
    const TupleHash hash(random);
    std::set<std::uint64_t> differences;
    for (std::uint32_t i = 0; i < 64; ++i) {
        differences.insert(hash(flow(2 * i)) ^ hash(flow(2 * i + 1)));
    }
    EXPECT_GT(differences.size(), 60U);
}

}  // namespace
}  // namespace sluice::conntrack
