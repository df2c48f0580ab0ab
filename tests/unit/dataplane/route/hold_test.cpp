// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/route/hold.h"

#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include <memory>
#include <new>
#include <vector>

namespace sluice::route {
namespace {

using net::Ipv4;
using net::Ipv4Address;
using packet::Packet;
using packet::Verdict;
using Held = Hold<Ipv4>;
constexpr base::InterfaceId kLan{0};
constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr net::MacAddress kMac{{2, 0, 0, 0, 0, 9}};

Ipv4Address host(std::uint32_t number) {
    return Ipv4Address::from_host(0x0a000000U + number);
}

/// Keeps what leaves, with its verdict; frees what is dropped.
struct Exits {
    std::vector<std::pair<std::uint32_t, Verdict>> dropped;  ///< (id of the packet, why)
    void leave(Packet<Ipv4> packet, Verdict verdict) {
        if (verdict != Verdict::held) {
            dropped.emplace_back(packet.info().ip_bytes, verdict);
            rte_pktmbuf_free(packet.mbuf());
        }
    }
};

class HoldTest : public testing::Test {
protected:
    static void SetUpTestSuite() {
        pool_ = rte_pktmbuf_pool_create("hold", 4095, 0, packet::kPrivateBytes, 256, -1);
    }
    static void TearDownTestSuite() { rte_mempool_free(pool_); }
    void TearDown() override {
        hold_.reset();
        EXPECT_EQ(rte_mempool_in_use_count(pool_), 0U);
    }

    /// Adds a packet that is told from others by its number.
    void add(std::uint32_t to, std::uint32_t number) {
        rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
        ASSERT_NE(mbuf, nullptr);
        auto* info = new (rte_mbuf_to_priv(mbuf)) packet::PacketInfo<Ipv4>();
        info->out = kLan;
        info->next_hop = host(to);
        info->ip_bytes = number;
        hold_->add(Packet<Ipv4>(mbuf), now_ns_, *table_, exits_);
    }
    std::vector<std::uint32_t> collect() {
        std::vector<std::uint32_t> numbers;
        packet::Batch<Ipv4> out;
        hold_->collect(now_ns_, *table_, out, exits_);
        for (Packet<Ipv4> packet : out) {
            EXPECT_EQ(packet.info().verdict, Verdict::held);
            EXPECT_NE(packet.info().adjacency, base::kNoAdjacency);
            numbers.push_back(packet.info().ip_bytes);
            rte_pktmbuf_free(packet.mbuf());
        }
        return numbers;
    }
    std::vector<Ipv4Address> asked() {
        std::vector<Ipv4Address> addresses;
        while (const auto request = requests_->pop()) {
            EXPECT_EQ(request->kind, pipeline::Request<Ipv4>::Kind::neighbor_needed);
            addresses.push_back(request->address);
        }
        return addresses;
    }
    Adjacency& entry(std::uint32_t to) { return table_->at(table_->insert(kLan, host(to))); }

    static inline rte_mempool* pool_ = nullptr;
    std::uint64_t now_ns_ = 5 * kSecond;
    std::unique_ptr<pipeline::RequestRing<Ipv4>> requests_ = std::make_unique<pipeline::RequestRing<Ipv4>>();
    base::Counter lost_;
    std::unique_ptr<Held> hold_ = std::make_unique<Held>(*requests_, lost_);
    std::unique_ptr<AdjacencyTable<Ipv4>> table_ = std::move(*AdjacencyTable<Ipv4>::create(2048));
    Exits exits_;
};

// FWD-9
TEST_F(HoldTest, asks_once_and_releases_in_order_when_resolved) {
    add(9, 1);
    add(9, 2);
    add(9, 3);
    EXPECT_EQ(asked(), std::vector{host(9)});
    EXPECT_TRUE(hold_->waits_for(kLan, host(9)));
    EXPECT_FALSE(hold_->waits_for(kLan, host(8)));
    EXPECT_TRUE(collect().empty());
    entry(9).resolve(kMac);
    EXPECT_EQ(collect(), (std::vector<std::uint32_t>{1, 2, 3}));
    EXPECT_TRUE(hold_->empty());
    EXPECT_FALSE(hold_->waits_for(kLan, host(9)));
}

// FWD-1, FWD-9
TEST_F(HoldTest, later_packets_stay_behind_a_queue_longer_than_a_batch) {
    for (std::uint32_t i = 0; i < 100; ++i) {
        add(9, i);
    }
    entry(9).resolve(kMac);
    auto all = collect();
    EXPECT_EQ(all.size(), packet::kBatchSize);
    EXPECT_TRUE(hold_->waits_for(kLan, host(9)));
    add(9, 100);
    for (const std::uint32_t number : collect()) {
        all.push_back(number);
    }
    ASSERT_EQ(all.size(), 101U);
    for (std::uint32_t i = 0; i <= 100; ++i) {
        EXPECT_EQ(all[i], i);
    }
}

// FWD-9
TEST_F(HoldTest, a_failure_drops_the_queue_and_a_later_packet_begins_anew) {
    add(9, 1);
    add(9, 2);
    Adjacency& neighbor = entry(9);
    EXPECT_TRUE(collect().empty());
    neighbor.fail();
    EXPECT_TRUE(collect().empty());
    EXPECT_EQ(exits_.dropped, (std::vector<std::pair<std::uint32_t, Verdict>>{
                                  {1, Verdict::neighbor_failed}, {2, Verdict::neighbor_failed}}));
    asked();
    add(9, 3);  // the entry still stands at "failed": that was about others
    EXPECT_EQ(asked(), std::vector{host(9)});
    EXPECT_TRUE(collect().empty());
    EXPECT_EQ(hold_->size(), 1U);
    neighbor.forget();
    neighbor.resolve(kMac);
    EXPECT_EQ(collect(), std::vector<std::uint32_t>{3});
}

TEST_F(HoldTest, asks_again_every_second_until_somebody_works_on_it) {
    add(9, 1);
    EXPECT_EQ(asked().size(), 1U);
    now_ns_ += kSecond - 1;
    collect();
    EXPECT_TRUE(asked().empty());
    now_ns_ += 1;
    collect();
    EXPECT_EQ(asked().size(), 1U);
    entry(9);
    now_ns_ += kSecond;
    collect();
    EXPECT_TRUE(asked().empty());
}

TEST_F(HoldTest, gives_up_where_nobody_ever_answers) {
    add(9, 1);
    now_ns_ += Held::kGiveUpNs;
    collect();
    EXPECT_EQ(exits_.dropped,
              (std::vector<std::pair<std::uint32_t, Verdict>>{{1, Verdict::neighbor_failed}}));
    EXPECT_TRUE(hold_->empty());
}

// FWD-9
TEST_F(HoldTest, a_full_queue_loses_its_oldest_packet) {
    for (std::uint32_t i = 0; i < Held::kPerNeighbor + 2U; ++i) {
        add(9, i);
    }
    EXPECT_EQ(exits_.dropped, (std::vector<std::pair<std::uint32_t, Verdict>>{
                                  {0, Verdict::neighbor_queue_full}, {1, Verdict::neighbor_queue_full}}));
    EXPECT_EQ(hold_->size(), Held::kPerNeighbor);
}

TEST_F(HoldTest, a_scan_of_many_addresses_pushes_out_the_oldest) {
    for (std::uint32_t i = 0; i < Held::kPackets + 10U; ++i) {
        add(i, i);
    }
    EXPECT_EQ(hold_->size(), Held::kPackets);
    ASSERT_EQ(exits_.dropped.size(), 10U);
    EXPECT_EQ(exits_.dropped[0].first, 0U);
    EXPECT_EQ(exits_.dropped[9].first, 9U);
    EXPECT_FALSE(hold_->waits_for(kLan, host(9)));
    EXPECT_TRUE(hold_->waits_for(kLan, host(10)));
    EXPECT_GT(lost_.value(), 0U);  // more questions than the ring holds
}

TEST_F(HoldTest, looks_at_few_queues_a_call_and_at_all_in_the_end) {
    for (std::uint32_t i = 0; i < 100; ++i) {
        add(i, i);
    }
    entry(99).resolve(kMac);
    std::size_t calls = 1;
    while (collect().empty()) {
        ASSERT_LT(++calls, 20U);
    }
    EXPECT_EQ(calls, 7U);  // 100 queues, 16 a call
    EXPECT_EQ(hold_->size(), 99U);
}

TEST_F(HoldTest, gives_all_up_at_the_end) {
    add(1, 1);
    add(2, 2);
    add(1, 3);
    hold_->drop_all(exits_);
    EXPECT_TRUE(hold_->empty());
    EXPECT_EQ(exits_.dropped.size(), 3U);
}

TEST_F(HoldTest, survives_a_random_life) {
    std::uint32_t random = 1;
    const auto below = [&random](std::uint32_t bound) {
        random = random * 1664525U + 1013904223U;
        return (random >> 8U) % bound;
    };
    for (std::uint32_t step = 0; step < 20'000; ++step) {
        now_ns_ += below(2'000'000);
        switch (below(8)) {
            case 0:
                entry(below(300)).resolve(kMac);
                break;
            case 1:
                entry(below(300)).fail();
                break;
            case 2:
                collect();
                break;
            default:
                add(below(300), step);
                break;
        }
    }
    EXPECT_GT(hold_->size(), 0U);
}

}  // namespace
}  // namespace sluice::route
