// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/neighbors/neighbors.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace sluice::ctrlplane {
namespace {

using net::Ipv4;
using net::Ipv4Address;
using route::Adjacency;
using Kind = pipeline::Request<Ipv4>::Kind;
using State = NeighborState;
constexpr base::InterfaceId kLan{0};
constexpr base::InterfaceId kWan{1};
constexpr net::MacAddress kMac{{2, 0, 0, 0, 0, 9}};
constexpr net::MacAddress kOther{{2, 0, 0, 0, 0, 8}};
constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kSecond = 1'000 * kMs;

Ipv4Address host(std::uint32_t number) {
    return Ipv4Address::from_host(0x0a000000U + number);
}

class NeighborsTest : public testing::Test {
protected:
    void make(const NeighborSettings& settings = {}) {
        machine_ = std::make_unique<Neighbors<Ipv4>>(
            *table_, settings,
            Neighbors<Ipv4>::Outputs{
                [this](const Solicitation<Ipv4>& question) { questions_.push_back(question); },
                [this](base::AdjacencyId id) { retired_.push_back(id); }},
            base::Random(1));
    }
    void SetUp() override { make(); }

    void tell(Kind kind, std::uint32_t number = 9, net::MacAddress mac = kMac) {
        machine_->handle({kind, kLan, host(number), mac}, now_ns_);
    }
    /// Lets time pass, with a turn of the control loop every 20 ms.
    void pass(std::uint64_t ns) {
        for (const std::uint64_t end = now_ns_ + ns; now_ns_ < end;) {
            now_ns_ = std::min(end, now_ns_ + 20 * kMs);
            machine_->step(now_ns_);
        }
    }
    /// The same, while a worker sends to the neighbour.
    void pass_in_use(std::uint64_t ns) {
        for (const std::uint64_t end = now_ns_ + ns; now_ns_ < end;) {
            adjacency().stamp(now_ns_);
            pass(std::min<std::uint64_t>(end - now_ns_, 200 * kMs));
        }
    }
    State state(std::uint32_t number = 9) const {
        for (const auto& view : machine_->list()) {
            if (view.address == host(number)) {
                return view.state;
            }
        }
        ADD_FAILURE() << "no such neighbour: " << number;
        return State::failed;
    }
    Adjacency& adjacency(std::uint32_t number = 9) { return table_->at(table_->find(kLan, host(number))); }
    net::MacAddress mac() { return Adjacency::mac_of(adjacency().read()); }
    bool is_resolved() { return (adjacency().read() & Adjacency::kResolved) != 0; }

    std::uint64_t now_ns_ = 100 * kSecond;
    std::unique_ptr<route::AdjacencyTable<Ipv4>> table_ =
        std::move(*route::AdjacencyTable<Ipv4>::create(2048));
    std::vector<Solicitation<Ipv4>> questions_;
    std::vector<base::AdjacencyId> retired_;
    std::unique_ptr<Neighbors<Ipv4>> machine_;
};

// FWD-9
TEST_F(NeighborsTest, an_unknown_neighbour_is_asked_for_three_times_and_then_failed) {
    tell(Kind::neighbor_needed);
    EXPECT_EQ(state(), State::incomplete);
    ASSERT_EQ(questions_.size(), 1U);  // at once
    EXPECT_EQ(questions_[0].target, host(9));
    EXPECT_EQ(questions_[0].to, std::nullopt);
    tell(Kind::neighbor_needed);  // from another worker
    pass(2'900 * kMs);
    EXPECT_EQ(questions_.size(), 3U);
    EXPECT_EQ(state(), State::incomplete);
    EXPECT_EQ(Adjacency::failures_of(adjacency().read()), 0U);
    pass(200 * kMs);
    EXPECT_EQ(questions_.size(), 3U);
    EXPECT_EQ(state(), State::failed);
    EXPECT_EQ(Adjacency::failures_of(adjacency().read()), 1U);
    pass(60 * kSecond);
    EXPECT_EQ(questions_.size(), 3U);
}

// FWD-9
TEST_F(NeighborsTest, a_failed_neighbour_is_asked_again_when_needed_again) {
    tell(Kind::neighbor_needed);
    pass(4 * kSecond);
    ASSERT_EQ(state(), State::failed);
    tell(Kind::neighbor_needed);
    EXPECT_EQ(state(), State::incomplete);
    EXPECT_EQ(adjacency().read() & Adjacency::kFailed, 0U);
    EXPECT_EQ(questions_.size(), 4U);
    tell(Kind::neighbor_replied);
    EXPECT_EQ(state(), State::reachable);
    EXPECT_TRUE(is_resolved());
}

// FWD-9
TEST_F(NeighborsTest, a_reply_makes_it_reachable_for_15_to_45_seconds) {
    tell(Kind::neighbor_needed);
    tell(Kind::neighbor_replied);
    EXPECT_EQ(state(), State::reachable);
    EXPECT_EQ(mac(), kMac);
    pass(14 * kSecond);
    EXPECT_EQ(state(), State::reachable);
    pass(32 * kSecond);
    EXPECT_EQ(state(), State::stale);
    EXPECT_TRUE(is_resolved());
    EXPECT_EQ(questions_.size(), 1U);
}

// FWD-9
TEST_F(NeighborsTest, a_stale_one_that_is_used_is_probed_after_five_seconds_while_packets_flow) {
    tell(Kind::neighbor_needed);
    tell(Kind::neighbor_replied);
    pass(50 * kSecond);
    ASSERT_EQ(state(), State::stale);
    questions_.clear();
    pass_in_use(200 * kMs);
    EXPECT_EQ(state(), State::delay);
    pass_in_use(4'500 * kMs);
    EXPECT_TRUE(questions_.empty());
    pass_in_use(600 * kMs);
    EXPECT_EQ(state(), State::probe);
    ASSERT_EQ(questions_.size(), 1U);
    EXPECT_EQ(questions_[0].to, kMac);
    EXPECT_TRUE(is_resolved());
    tell(Kind::neighbor_replied);
    EXPECT_EQ(state(), State::reachable);
}

// FWD-9
TEST_F(NeighborsTest, a_neighbour_in_use_that_went_away_fails_after_three_probes) {
    tell(Kind::neighbor_needed);
    tell(Kind::neighbor_replied);
    pass_in_use(50 * kSecond);
    ASSERT_TRUE(state() == State::delay || state() == State::probe || state() == State::failed);
    pass_in_use(10 * kSecond);
    EXPECT_EQ(state(), State::failed);
    EXPECT_FALSE(is_resolved());
    EXPECT_EQ(questions_.size(), 1U + 3U);
    EXPECT_EQ(machine_->list()[0].mac, std::nullopt);
}

TEST_F(NeighborsTest, who_asks_us_becomes_known_as_stale) {
    tell(Kind::neighbor_asked);
    EXPECT_EQ(state(), State::stale);
    EXPECT_EQ(mac(), kMac);
    EXPECT_TRUE(questions_.empty());
    tell(Kind::neighbor_asked, 9, kOther);
    EXPECT_EQ(mac(), kOther);
}

TEST_F(NeighborsTest, strangers_are_not_remembered) {
    tell(Kind::neighbor_seen);
    tell(Kind::neighbor_replied);
    tell(Kind::neighbor_announced);
    EXPECT_EQ(machine_->size(), 0U);
}

TEST_F(NeighborsTest, a_new_mac_counts_only_a_second_after_the_last_change) {
    tell(Kind::neighbor_needed);
    tell(Kind::neighbor_replied);
    pass(500 * kMs);
    tell(Kind::neighbor_replied, 9, kOther);
    EXPECT_EQ(mac(), kMac);  // the first answer wins
    tell(Kind::neighbor_announced, 9, kOther);
    EXPECT_EQ(mac(), kOther);  // unless it is announced
    EXPECT_EQ(state(), State::stale);
    pass(1'100 * kMs);
    tell(Kind::neighbor_seen, 9, kMac);
    EXPECT_EQ(mac(), kMac);
}

TEST_F(NeighborsTest, a_packet_that_says_nothing_new_does_not_age_a_reachable_one) {
    tell(Kind::neighbor_needed);
    tell(Kind::neighbor_replied);
    tell(Kind::neighbor_seen);
    tell(Kind::neighbor_asked);
    EXPECT_EQ(state(), State::reachable);
}

TEST_F(NeighborsTest, a_request_from_a_neighbour_that_is_being_asked_for_resolves_it) {
    tell(Kind::neighbor_needed);
    tell(Kind::neighbor_asked);
    EXPECT_EQ(state(), State::stale);
    EXPECT_TRUE(is_resolved());
}

TEST_F(NeighborsTest, static_entries_do_not_change) {
    ASSERT_TRUE(machine_->set_permanent(kLan, host(9), kMac, now_ns_));
    tell(Kind::neighbor_replied, 9, kOther);
    tell(Kind::neighbor_announced, 9, kOther);
    tell(Kind::neighbor_needed);
    pass(200 * kSecond);
    EXPECT_EQ(state(), State::permanent);
    EXPECT_EQ(mac(), kMac);
    EXPECT_TRUE(questions_.empty());
    EXPECT_EQ(machine_->flush(std::nullopt), 0U);
    EXPECT_TRUE(machine_->remove(kLan, host(9)));
    EXPECT_FALSE(machine_->remove(kLan, host(9)));
    EXPECT_EQ(retired_.size(), 1U);
}

TEST_F(NeighborsTest, flush_takes_one_interface_or_all) {
    tell(Kind::neighbor_asked, 1);
    tell(Kind::neighbor_asked, 2);
    machine_->handle({Kind::neighbor_asked, kWan, host(3), kMac}, now_ns_);
    EXPECT_EQ(machine_->flush(kLan), 2U);
    EXPECT_EQ(machine_->size(), 1U);
    EXPECT_EQ(machine_->flush(std::nullopt), 1U);
    EXPECT_EQ(retired_.size(), 3U);
    for (const base::AdjacencyId id : retired_) {
        machine_->release(id);
    }
    EXPECT_EQ(table_->find(kLan, host(1)), base::kNoAdjacency);
}

TEST_F(NeighborsTest, few_entries_are_never_collected) {
    tell(Kind::neighbor_asked);
    pass(300 * kSecond);
    EXPECT_EQ(machine_->size(), 1U);
}

TEST_F(NeighborsTest, of_many_the_unused_and_the_failed_are_collected) {
    NeighborSettings settings;
    settings.gc_thresh1 = 3;
    make(settings);
    tell(Kind::neighbor_asked, 1);
    tell(Kind::neighbor_asked, 2);
    tell(Kind::neighbor_needed, 3);
    ASSERT_TRUE(machine_->set_permanent(kLan, host(4), kMac, now_ns_));
    for (int i = 0; i < 80; ++i) {
        adjacency(2).stamp(now_ns_);
        tell(Kind::neighbor_replied, 2);
        pass(kSecond);
    }
    // The third went first, as failed; then the first, unused for 60 s; two are fewer than three.
    ASSERT_EQ(machine_->size(), 2U);
    EXPECT_EQ(machine_->list()[0].address, host(2));
    EXPECT_EQ(machine_->list()[1].address, host(4));
}

TEST_F(NeighborsTest, there_are_never_more_than_the_limit) {
    NeighborSettings settings;
    settings.gc_thresh2 = 10;
    settings.gc_thresh3 = 20;
    make(settings);
    for (std::uint32_t i = 0; i < 30; ++i) {
        tell(Kind::neighbor_needed, i);
    }
    EXPECT_EQ(machine_->size(), 20U);  // all are being asked for: none may go
    EXPECT_EQ(machine_->overflows(), 10U);
    pass(10 * kSecond);
    tell(Kind::neighbor_needed, 100);
    EXPECT_EQ(machine_->size(), 11U);
    EXPECT_EQ(state(100), State::incomplete);
    EXPECT_EQ(retired_.size(), 10U);
}

TEST(NeighborLine, is_what_ip_neigh_shows) {
    NeighborView<Ipv4> view{kLan, host(9), kMac, State::permanent};
    EXPECT_EQ(neighbor_line(view, "lan"), "10.0.0.9 dev lan lladdr 02:00:00:00:00:09 PERMANENT ");
    view.mac = std::nullopt;
    view.state = State::failed;
    EXPECT_EQ(neighbor_line(view, "lan"), "10.0.0.9 dev lan FAILED ");
}

}  // namespace
}  // namespace sluice::ctrlplane
