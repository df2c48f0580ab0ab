// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "dataplane/base/result.h"

namespace sluice::ctrlplane {

/// The control thread's loop: files that become ready, and timers, on one epoll.
///
/// Everything registered is called from `run`, one after the other, and may register and remove what it likes,
/// itself too. A callback must not block: nothing else happens meanwhile (the workers go on).
///
/// Threads: one, the control thread.
class EventLoop {
public:
    using Callback = std::function<void(std::uint32_t events)>;
    using Action = std::function<void()>;

    static base::Result<EventLoop> create();
    ~EventLoop();
    EventLoop(EventLoop&&) noexcept;
    EventLoop& operator=(EventLoop&&) = delete;

    /// Calls back when `fd` has one of `events` (EPOLLIN, ...; EPOLLERR and EPOLLHUP always). The file stays the
    /// caller's, who removes it before closing it. Errors: the kernel's.
    base::Result<void> add(int fd, std::uint32_t events, Callback callback);
    void change(int fd, std::uint32_t events);
    void remove(int fd);

    /// Calls back again and again; returns a number for `cancel`. Errors: the kernel's.
    base::Result<int> every(std::chrono::nanoseconds period, Action action);
    void cancel(int timer);

    /// Called before each wait and after it: where the control thread may be considered asleep.
    void around_wait(Action before, Action after);

    /// Turns until `stop`.
    void run();
    void stop() noexcept { stopped_ = true; }

private:
    struct Watch {
        Callback callback;
        std::uint32_t number = 0;  ///< tells a file from an earlier one with the same descriptor
        bool is_timer = false;     ///< ours to close
    };
    explicit EventLoop(int epoll) : epoll_(epoll) {}
    void dispatch(std::uint64_t which, std::uint32_t events);

    int epoll_;
    std::unordered_map<int, std::unique_ptr<Watch>> watches_;
    std::vector<std::unique_ptr<Watch>> removed_;  ///< until the end of the turn: one of them may be running
    std::uint32_t next_number_ = 0;
    Action before_wait_ = [] {};
    Action after_wait_ = [] {};
    bool stopped_ = false;
};

}  // namespace sluice::ctrlplane
