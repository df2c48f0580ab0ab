// SPDX-License-Identifier: BSD-3-Clause
#include "acl/sets/store.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <thread>
#include <vector>

namespace sluice::acl::sets {

namespace {

Key key_of(std::uint64_t word) {
    Key key;
    key.push(word);
    return key;
}

std::uint32_t insert(Store& store, std::uint64_t word, std::span<const std::uint64_t> values) {
    store.reserve(1);
    return store.place_ready(key_of(word), values).entry;
}

void settle(Store& store) {
    store.seal();
    store.free_sealed();
}

}  // namespace

TEST(Store, takes_a_million_entries_and_gives_them_back) {
    Store store({.key = 1, .hashed = 1, .values = 1}, 1'000'000, 7);
    for (std::uint64_t i = 0; i < 1'000'000; ++i) {
        const std::array<std::uint64_t, 1> value = {i * 3};
        ASSERT_NE(insert(store, i, value), Store::kNone);
    }
    for (std::uint64_t i = 0; i < 1'000'000; i += 7) {
        const std::uint32_t entry = store.find(key_of(i));
        ASSERT_NE(entry, Store::kNone);
        ASSERT_EQ(store.values(entry)[0].load(), i * 3);
    }
    EXPECT_EQ(store.find(key_of(1'000'000)), Store::kNone);
    EXPECT_LT(store.bytes(), 30'000'000U);
    store.clear();
    settle(store);
    EXPECT_EQ(store.size(), 0U);
    EXPECT_EQ(store.find(key_of(5)), Store::kNone);
}

/// What is never erased is found at any time, whatever happens around it.
TEST(Store, is_read_while_it_is_written) {
    Store store({.key = 1, .hashed = 1, .values = 1}, 4096, 7);
    const std::array<std::uint64_t, 1> value = {1};
    for (std::uint64_t i = 0; i < 500; ++i) {
        insert(store, i, value);
    }
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> misses{0};
    std::atomic<int> started{0};
    std::vector<std::thread> readers;
    for (int reader = 0; reader < 2; ++reader) {
        readers.emplace_back([&] {
            ++started;
            while (!stop.load()) {
                for (std::uint64_t i = 0; i < 500; ++i) {
                    misses += store.find(key_of(i)) == Store::kNone ? 1 : 0;
                }
            }
        });
    }
    while (started.load() < 2) {
        std::this_thread::yield();
    }
    for (int round = 0; round < 4; ++round) {
        for (std::uint64_t i = 500; i < 1500; ++i) {
            insert(store, i, value);
        }
        for (std::uint64_t i = 500; i < 1500; ++i) {
            store.erase(store.find(key_of(i)));
        }
    }
    stop = true;
    for (std::thread& reader : readers) {
        reader.join();
    }
    EXPECT_EQ(misses.load(), 0U);
}

/// Each key is there once, whoever was first; what one buries another may add again.
TEST(Store, is_written_by_several_at_a_time) {
    constexpr std::uint64_t kKeys = 64;
    constexpr int kRounds = 20'000;
    Store store({.key = 1, .hashed = 1, .values = 1}, 4096, 7);
    store.reserve(1024);
    std::atomic<std::int64_t> there{0};
    std::atomic<int> paused{0};
    std::atomic<bool> pause{false};
    std::vector<std::thread> packets;
    std::atomic<int> at_work{3};
    for (int worker = 0; worker < 3; ++worker) {
        packets.emplace_back([&, worker] {
            std::uint64_t random = static_cast<std::uint64_t>(worker) + 1;
            for (int round = 0; round < kRounds; ++round) {
                random = random * 6364136223846793005U + 1442695040888963407U;
                const std::uint64_t key = (random >> 33U) % kKeys;
                const std::array<std::uint64_t, 1> value = {key};
                if ((random >> 60U) < 8) {
                    there += store.place_ready(key_of(key), value).is_new ? 1 : 0;
                } else if (const std::uint32_t entry = store.find(key_of(key)); entry != Store::kNone) {
                    there -= store.bury(entry, store.values(entry)[0].load()) ? 1 : 0;
                }
                if (pause.load()) {  // a quiescent state
                    ++paused;
                    while (pause.load()) {
                        std::this_thread::yield();
                    }
                    --paused;
                }
            }
            --at_work;
        });
    }
    while (at_work.load() > 0) {
        store.sweep(store.buckets(), [](std::uint32_t) {});
        store.seal();
        pause = true;
        while (paused.load() < at_work.load()) {
            std::this_thread::yield();
        }
        store.free_sealed();
        store.reserve(256);
        pause = false;
        while (paused.load() > 0) {
            std::this_thread::yield();
        }
    }
    for (std::thread& packet : packets) {
        packet.join();
    }
    std::uint64_t found = 0;
    for (std::uint64_t key = 0; key < kKeys; ++key) {
        found += store.find(key_of(key)) != Store::kNone ? 1 : 0;
    }
    std::uint64_t listed = 0;
    store.for_each([&](std::uint32_t) { ++listed; });
    EXPECT_EQ(static_cast<std::int64_t>(found), there.load());
    EXPECT_EQ(listed, found);
    EXPECT_EQ(store.size(), found);
}

}  // namespace sluice::acl::sets
