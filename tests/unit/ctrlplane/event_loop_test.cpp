// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/event_loop.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <vector>

namespace sluice::ctrlplane {
namespace {

using std::chrono::milliseconds;

EventLoop a_loop() { return std::move(*EventLoop::create()); }

TEST(EventLoop, calls_back_for_files_that_become_ready) {
    EventLoop loop = a_loop();
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    std::vector<char> got;
    ASSERT_TRUE(loop.add(ends[0], EPOLLIN, [&](std::uint32_t events) {
        EXPECT_NE(events & EPOLLIN, 0U);
        char letter = 0;
        ASSERT_EQ(read(ends[0], &letter, 1), 1);
        got.push_back(letter);
        if (got.size() == 3) {
            loop.stop();
        }
    }));
    ASSERT_EQ(write(ends[1], "abc", 3), 3);
    loop.run();
    EXPECT_EQ(got, (std::vector<char>{'a', 'b', 'c'}));
    loop.remove(ends[0]);
    close(ends[0]);
    close(ends[1]);
}

TEST(EventLoop, timers_come_again_until_they_are_cancelled) {
    EventLoop loop = a_loop();
    int first = 0;
    int second = 0;
    const int timer = *loop.every(milliseconds(1), [&] { ++first; });
    ASSERT_TRUE(loop.every(milliseconds(10), [&] {
        if (++second == 1) {
            loop.cancel(timer);
            EXPECT_GT(first, 1);
            first = 0;
        } else {
            EXPECT_EQ(first, 0) << "cancelled";
            loop.stop();
        }
    }));
    loop.run();
}

TEST(EventLoop, a_callback_may_remove_itself_and_others) {
    EventLoop loop = a_loop();
    std::array<int, 2> a{};
    std::array<int, 2> b{};
    ASSERT_EQ(pipe(a.data()), 0);
    ASSERT_EQ(pipe(b.data()), 0);
    int calls = 0;
    const auto remove_both = [&](std::uint32_t) {
        ++calls;
        loop.remove(a[0]);
        loop.remove(b[0]);
    };
    ASSERT_TRUE(loop.add(a[0], EPOLLIN, remove_both));
    ASSERT_TRUE(loop.add(b[0], EPOLLIN, remove_both));
    ASSERT_EQ(write(a[1], "x", 1), 1);
    ASSERT_EQ(write(b[1], "x", 1), 1);
    ASSERT_TRUE(loop.every(milliseconds(5), [&] { loop.stop(); }));
    loop.run();
    EXPECT_EQ(calls, 1) << "the other one was ready in the same turn, but is not watched any more";
    for (const int fd : {a[0], a[1], b[0], b[1]}) {
        close(fd);
    }
}

TEST(EventLoop, tells_when_it_waits) {
    EventLoop loop = a_loop();
    std::vector<char> said;
    loop.around_wait([&] { said.push_back('z'); }, [&] { said.push_back('w'); });
    ASSERT_TRUE(loop.every(milliseconds(1), [&] {
        said.push_back('t');
        loop.stop();
    }));
    loop.run();
    EXPECT_EQ(said, (std::vector<char>{'z', 'w', 't'}));
}

TEST(EventLoop, a_bad_file_is_an_error) {
    EventLoop loop = a_loop();
    EXPECT_FALSE(loop.add(-1, EPOLLIN, [](std::uint32_t) {}));
}

}  // namespace
}  // namespace sluice::ctrlplane
