// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/route/adjacency.h"

#include <gtest/gtest.h>

#include <set>

namespace sluice::route {
namespace {

using net::Ipv4;
using net::Ipv4Address;
constexpr base::InterfaceId kLan{0};
constexpr base::InterfaceId kWan{1};
constexpr net::MacAddress kMac{{2, 0, 0, 0, 0, 9}};

Ipv4Address host(std::uint32_t number) {
    return Ipv4Address::from_host(0x0a000000U + number);
}

std::unique_ptr<AdjacencyTable<Ipv4>> table_of(std::uint32_t capacity) {
    auto table = AdjacencyTable<Ipv4>::create(capacity);
    EXPECT_TRUE(table.has_value());
    return std::move(*table);
}

// FWD-9
TEST(Adjacency, is_found_by_interface_and_address) {
    const auto table = table_of(16);
    const auto id = table->insert(kLan, host(9));
    EXPECT_EQ(table->find(kLan, host(9)), id);
    EXPECT_EQ(table->find(kWan, host(9)), base::kNoAdjacency);
    EXPECT_EQ(table->find(kLan, host(8)), base::kNoAdjacency);
    EXPECT_EQ(table->insert(kLan, host(9)), id);
    EXPECT_EQ(table->at(id).interface, kLan);
    EXPECT_EQ(table->at(id).address<Ipv4Address>(), host(9));
}

TEST(Adjacency, begins_unresolved_and_keeps_its_mac) {
    const auto table = table_of(16);
    Adjacency& entry = table->at(table->insert(kLan, host(9)));
    EXPECT_EQ(entry.read(), 0U);
    entry.resolve(kMac);
    EXPECT_NE(entry.read() & Adjacency::kResolved, 0U);
    EXPECT_EQ(Adjacency::mac_of(entry.read()), kMac);
}

TEST(Adjacency, counts_its_failures_through_later_resolutions) {
    Adjacency entry;
    entry.fail();
    EXPECT_NE(entry.read() & Adjacency::kFailed, 0U);
    entry.forget();
    EXPECT_EQ(entry.read() & Adjacency::kFailed, 0U);
    EXPECT_EQ(Adjacency::failures_of(entry.read()), 1U);
    entry.resolve(kMac);
    entry.fail();
    EXPECT_EQ(Adjacency::failures_of(entry.read()), 2U);
    EXPECT_EQ(entry.read() & Adjacency::kResolved, 0U);
}

TEST(Adjacency, stamp_is_seconds_plus_one_so_that_zero_means_never) {
    Adjacency entry;
    EXPECT_EQ(entry.last_used_s.load(), 0U);
    entry.stamp(0);
    EXPECT_EQ(entry.last_used_s.load(), 1U);
    entry.stamp(5'900'000'000);
    EXPECT_EQ(entry.last_used_s.load(), 6U);
}

TEST(AdjacencyTable, holds_as_many_as_it_promises_and_no_more) {
    const auto table = table_of(1000);
    std::set<std::uint32_t> numbers;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        const auto id = table->insert(kLan, host(i));
        ASSERT_NE(id, base::kNoAdjacency) << i;
        numbers.insert(base::index_of(id));
    }
    EXPECT_EQ(numbers.size(), 1000U);
    EXPECT_EQ(table->insert(kLan, host(1000)), base::kNoAdjacency);
}

TEST(AdjacencyTable, uses_a_number_again_only_after_release) {
    const auto table = table_of(64);
    const auto first = table->insert(kLan, host(1));
    table->at(first).resolve(kMac);
    EXPECT_EQ(table->erase(kLan, host(1)), first);
    EXPECT_EQ(table->find(kLan, host(1)), base::kNoAdjacency);
    EXPECT_EQ(table->at(first).read() & Adjacency::kResolved, 0U);  // for who remembers the number
    for (std::uint32_t i = 2; i < 65; ++i) {
        const auto id = table->insert(kLan, host(i));
        ASSERT_NE(id, base::kNoAdjacency);
        ASSERT_NE(id, first);
    }
    EXPECT_EQ(table->insert(kLan, host(100)), base::kNoAdjacency);
    table->release(first);
    EXPECT_NE(table->insert(kLan, host(100)), base::kNoAdjacency);
    EXPECT_EQ(table->erase(kLan, host(77)), base::kNoAdjacency);
}

TEST(AdjacencyTable, survives_many_rounds_of_insertion_and_release) {
    const auto table = table_of(32);
    for (std::uint32_t i = 0; i < 5000; ++i) {
        const auto id = table->insert(kLan, host(i));
        ASSERT_NE(id, base::kNoAdjacency) << i;
        ASSERT_EQ(table->erase(kLan, host(i)), id);
        table->release(id);
    }
}

}  // namespace
}  // namespace sluice::route
