// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/base/byte_ring.h"

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <random>
#include <string>
#include <thread>

namespace sluice::base {
namespace {

template <class Ring>
bool push(Ring& ring, const std::string& text) {
    const auto room = ring.begin(text.size());
    if (room.empty()) {
        return false;
    }
    std::memcpy(room.data(), text.data(), text.size());
    ring.commit();
    return true;
}

template <class Ring>
std::string pop(Ring& ring) {
    std::string text;
    ring.pop([&](std::span<const std::byte> bytes) {
        text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    });
    return text;
}

TEST(ByteRing, messages_of_any_length_come_out_as_they_went_in) {
    ByteRing<256> ring;
    std::deque<std::string> expected;
    std::mt19937 random(1);
    unsigned refused = 0;
    for (int i = 0; i < 20'000; ++i) {
        const std::string text(1 + random() % 100, static_cast<char>('a' + i % 26));
        if (random() % 2 == 0) {
            push(ring, text) ? expected.push_back(text) : static_cast<void>(++refused);
        } else if (expected.empty()) {
            EXPECT_EQ(pop(ring), "");
        } else {
            EXPECT_EQ(pop(ring), expected.front());
            expected.pop_front();
        }
    }
    EXPECT_GT(refused, 100U) << "it was full now and then";
}

TEST(ByteRing, what_does_not_fit_is_refused_and_changes_nothing) {
    ByteRing<64> ring;
    EXPECT_FALSE(push(ring, std::string(25, 'x'))) << "more than half of it";
    EXPECT_TRUE(push(ring, std::string(24, 'x')));
    EXPECT_TRUE(push(ring, std::string(24, 'y')));
    EXPECT_FALSE(push(ring, "z"));
    EXPECT_EQ(pop(ring), std::string(24, 'x'));
    EXPECT_EQ(pop(ring), std::string(24, 'y'));
    EXPECT_EQ(pop(ring), "");
    EXPECT_TRUE(push(ring, "z"));
    EXPECT_EQ(pop(ring), "z");
}

TEST(ByteRing, an_empty_ring_takes_any_message_wherever_it_stands) {
    ByteRing<64> ring;
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(push(ring, "a"));
        EXPECT_EQ(pop(ring), "a");
        EXPECT_TRUE(push(ring, std::string(24, 'x')));
        EXPECT_EQ(pop(ring), std::string(24, 'x'));
    }
}

TEST(ByteRing, a_message_that_is_not_committed_is_not_seen) {
    ByteRing<64> ring;
    EXPECT_EQ(ring.begin(8).size(), 8U);
    EXPECT_EQ(pop(ring), "");
    EXPECT_TRUE(push(ring, "kept"));
    EXPECT_EQ(pop(ring), "kept");
}

TEST(ByteRing, two_threads_see_whole_messages) {
    ByteRing<1024> ring;
    constexpr int kMessages = 50'000;
    std::jthread producer([&] {
        for (int i = 0; i < kMessages;) {
            push(ring, std::to_string(i) + std::string(static_cast<std::size_t>(i) % 90, '.'))
                ? ++i
                : (std::this_thread::yield(), i);
        }
    });
    for (int i = 0; i < kMessages;) {
        const std::string text = pop(ring);
        if (!text.empty()) {
            ASSERT_EQ(text, std::to_string(i) + std::string(static_cast<std::size_t>(i) % 90, '.'));
            ++i;
        }
    }
}

}  // namespace
}  // namespace sluice::base
