// SPDX-License-Identifier: BSD-3-Clause
#include "acl/sets/store.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace sluice::acl::sets {

namespace {

Key key_of(std::uint64_t word) {
    Key key;
    key.push(word);
    return key;
}

}  // namespace

TEST(Store, takes_a_million_entries_and_gives_them_back) {
    Store store(1, 1, 1'000'000, 7);
    for (std::uint64_t i = 0; i < 1'000'000; ++i) {
        const std::array<std::uint64_t, 1> value = {i * 3};
        ASSERT_NE(store.insert(key_of(i), value), Store::kNone);
    }
    for (std::uint64_t i = 0; i < 1'000'000; i += 7) {
        const std::uint32_t entry = store.find(key_of(i));
        ASSERT_NE(entry, Store::kNone);
        ASSERT_EQ(store.values(entry)[0].load(), i * 3);
    }
    EXPECT_EQ(store.find(key_of(1'000'000)), Store::kNone);
    EXPECT_LT(store.bytes(), 30'000'000U);
    store.clear();
    store.settle();
    EXPECT_EQ(store.size(), 0U);
    EXPECT_EQ(store.find(key_of(5)), Store::kNone);
}

/// What is never erased is found at any time, whatever happens around it.
TEST(Store, is_read_while_it_is_written) {
    Store store(1, 1, 4096, 7);
    const std::array<std::uint64_t, 1> value = {1};
    for (std::uint64_t i = 0; i < 500; ++i) {
        store.insert(key_of(i), value);
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
            store.insert(key_of(i), value);
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

}  // namespace sluice::acl::sets
