// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "conntrack/expectations.h"

namespace sluice::conntrack {
namespace {

using net::Ipv4;
using net::Ipv4Address;

constexpr ExpectPolicy kPolicy{.most = 4, .timeout_s = 300};

Expectation<Ipv4> towards(std::uint16_t port, std::uint32_t master) {
    Expectation<Ipv4> made;
    made.tuple.source = Ipv4Address::from_host(5);
    made.tuple.destination = Ipv4Address::from_host(9);
    made.tuple.destination_port = base::Be16::from_host(port);
    made.tuple.protocol = net::kProtocolTcp;
    made.master = master;
    // each field says the same, so that a mixture of two would be seen
    made.saved_port = made.tuple.destination_port;
    made.master_began = port;
    return made;
}

TEST(ExpectationsStress, no_port_is_had_by_two_and_none_is_claimed_twice_or_in_halves) {  // ALG-2, NAT-2
    constexpr unsigned kWorkers = 4;
    constexpr unsigned kRounds = 40'000;
    constexpr std::uint16_t kPorts = 4;
    base::Random random(7);
    const auto expected = Expectations<Ipv4>::create_expectations(64, random).value();
    std::vector<Help> helps(kWorkers);
    std::array<std::atomic<int>, kPorts> balance{};  // added less claimed
    std::atomic<unsigned> mixed{0};
    std::atomic<unsigned> excess{0};
    const auto work = [&](unsigned self) {
        base::Random own(self + 1);
        for (unsigned round = 0; round < kRounds; ++round) {
            const auto port = static_cast<std::uint16_t>(own.below(kPorts));
            if (own.below(2) == 0) {
                balance[port].fetch_add(1);
                if (expected->add(helps[self], towards(port, self), kPolicy, 0) != ExpectResult::added) {
                    balance[port].fetch_sub(1);
                }
                continue;
            }
            net::Tuple<Ipv4> packet = towards(port, 0).tuple;
            packet.source_port = base::Be16::from_host(4444);
            const auto found = expected->claim(packet, 0, [](const auto&) { return true; });
            if (found) {
                mixed.fetch_add(found->saved_port.host() != port || found->master_began != port ? 1U : 0U);
                excess.fetch_add(balance[port].fetch_sub(1) <= 0 ? 1U : 0U);
            }
        }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < kWorkers; ++i) {
        threads.emplace_back(work, i);
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(mixed.load(), 0U);
    EXPECT_EQ(excess.load(), 0U) << "claimed more often than it was added";
    unsigned left = 0;
    expected->each(0, [&](const Expectation<Ipv4>&) { ++left; });
    EXPECT_LE(left, kPorts) << "one a port";
    EXPECT_EQ(left, expected->count());
}

TEST(ExpectationsStress, a_shift_is_read_whole_while_it_changes) {  // ALG-3
    SharedShift shared{};
    std::atomic<bool> done{false};
    std::thread writer([&] {
        for (std::uint32_t i = 1; i <= 100'000; ++i) {
            ASSERT_TRUE(shared.add(i, 1));  // position i, before i - 1, after i
        }
        done.store(true);
    });
    while (!done.load()) {
        if (const auto shift = shared.read()) {
            ASSERT_TRUE(shift->position == shift->after && (shift->after == 0 || shift->before == shift->after - 1));
        }
    }
    writer.join();
}

}  // namespace
}  // namespace sluice::conntrack
