// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "acl/sets/set.h"

/// MAT-7: what packets add to a set and take out of it.
namespace sluice::acl::sets {

namespace {

Element host(std::uint32_t address) {
    Element element;
    element.address = {0, address};
    element.length = 32;
    return element;
}

SetOptions options(const char* type, std::uint32_t most, std::optional<std::uint32_t> timeout_s = {}) {
    SetOptions options;
    options.type = find_type(type);
    options.most = most;
    options.timeout_s = timeout_s;
    return options;
}

std::size_t listed(const Set& set, std::uint64_t now_ms) {
    std::size_t count = 0;
    set.for_each(now_ms, [&](const Element&, const Extension&) { ++count; });
    return count;
}

}  // namespace

TEST(SetWrites, need_room_that_has_been_prepared) {
    Set set(options("hash:ip", 3000));
    EXPECT_FALSE(set.add_by_packet(host(1), 0, false, {.now_ms = 1}));
    set.reserve_for_packets();
    for (std::uint32_t i = 1; i <= 3000; ++i) {
        EXPECT_TRUE(set.add_by_packet(host(i), 0, false, {.now_ms = 1})) << i;
    }
    EXPECT_FALSE(set.add_by_packet(host(3001), 0, false, {.now_ms = 1})) << "full";
    EXPECT_FALSE(set.add_by_packet(host(1), 0, false, {.now_ms = 1})) << "there";
    EXPECT_TRUE(set.add_by_packet(host(1), 0, true, {.now_ms = 1}));
    EXPECT_TRUE(set.del_by_packet(host(1), {.now_ms = 1}));
    EXPECT_FALSE(set.del_by_packet(host(1), {.now_ms = 1}));
    EXPECT_TRUE(set.add_by_packet(host(3001), 0, false, {.now_ms = 1}));
    EXPECT_EQ(set.size(), 3000U);
}

TEST(SetWrites, an_element_whose_time_is_over_is_added_again_in_its_place_and_leaves_a_full_set_when_it_is_collected) {
    Set set(options("hash:ip", 2, 10));
    set.reserve_for_packets();
    EXPECT_TRUE(set.add_by_packet(host(1), 1, false, {.now_ms = 1000}));
    EXPECT_TRUE(set.add_by_packet(host(2), 1, false, {.now_ms = 1000}));
    EXPECT_TRUE(set.add_by_packet(host(1), 1, false, {.now_ms = 2000}));
    EXPECT_EQ(listed(set, 2500), 1U);
    EXPECT_FALSE(set.add_by_packet(host(3), 1, false, {.now_ms = 2500}));
    set.collect(2500);
    EXPECT_TRUE(set.add_by_packet(host(3), 1, false, {.now_ms = 2500}));
}

TEST(SetWrites, an_element_of_a_packet_has_no_comment_of_another) {
    SetOptions commented = options("hash:ip", 10);
    commented.comment = true;
    Set set(commented);
    set.reserve_for_packets();
    Extension extension;
    extension.comment = "by hand";
    ASSERT_TRUE(set.add(host(1), extension, false, 1));
    EXPECT_TRUE(set.add_by_packet(host(1), 0, true, {.now_ms = 1}));
    set.for_each(1, [](const Element&, const Extension& found) { EXPECT_EQ(found.comment, ""); });
}

TEST(SetWrites, a_network_is_as_long_as_the_longest_in_use) {
    Set set(options("hash:net", 100));
    set.reserve_for_packets();
    EXPECT_TRUE(set.add_by_packet(host(0x0a000105), 0, false, {.now_ms = 1}));
    EXPECT_EQ(set.look_up(host(0x0a000106), {.now_ms = 1}), Found::absent);
    set.flush();
    Element network = host(0x0a000000);
    network.length = 24;
    ASSERT_TRUE(set.add(network, {}, false, 1));
    EXPECT_TRUE(set.add_by_packet(host(0x0a000105), 0, false, {.now_ms = 1}));
    EXPECT_EQ(set.look_up(host(0x0a000177), {.now_ms = 1}), Found::present);
}

/// While packets come and go the control thread adds, deletes, flushes and collects; in the end all is accounted for.
TEST(SetWrites, by_packets_and_by_hand_at_the_same_time) {
    constexpr std::uint32_t kHosts = 200;
    Set set(options("hash:ip", 1000, 10));
    set.reserve_for_packets();
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> now_ms{1000};
    std::atomic<std::uint64_t> rounds{0};
    std::vector<std::thread> workers;
    for (std::uint32_t worker = 0; worker < 2; ++worker) {
        workers.emplace_back([&, worker] {
            std::uint64_t random = worker + 1;
            while (!stop.load()) {
                random = random * 6364136223846793005U + 1442695040888963407U;
                const auto address = 1 + static_cast<std::uint32_t>(random >> 33U) % kHosts;
                const PacketAsk ask{.now_ms = now_ms.load()};
                if (random >> 62U == 0) {
                    set.del_by_packet(host(address), ask);
                } else {
                    set.add_by_packet(host(address), 1, random >> 62U == 1, ask);
                }
                ++rounds;
            }
        });
    }
    for (std::uint32_t round = 0; round < 400; ++round) {
        static_cast<void>(set.add(host(1 + round % kHosts), {}, true, now_ms));
        static_cast<void>(set.del(host(1 + round * 7 % kHosts), now_ms));
        if (round % 20 == 0) {
            set.flush();
        }
        now_ms += 50;
        set.collect_some(now_ms);  // nothing is sealed: no quiescent state, so what was taken out is not used again
        std::this_thread::yield();
    }
    while (rounds.load() < 10'000) {
        std::this_thread::yield();
    }
    stop = true;
    for (std::thread& worker : workers) {
        worker.join();
    }
    set.collect(now_ms);
    set.seal();
    set.free_sealed();
    EXPECT_EQ(set.size(), listed(set, now_ms));
    EXPECT_LE(set.size(), kHosts);
    set.flush();
    EXPECT_EQ(set.size(), 0U);
    EXPECT_EQ(listed(set, now_ms), 0U);
}

}  // namespace sluice::acl::sets
