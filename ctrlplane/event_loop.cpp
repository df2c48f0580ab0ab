// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/event_loop.h"

#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::ctrlplane {

base::Result<EventLoop> EventLoop::create() {
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) {
        return base::failure(fmt::format("no epoll: {}", std::strerror(errno)));
    }
    return EventLoop(epoll);
}

EventLoop::EventLoop(EventLoop&& other) noexcept
    : epoll_(std::exchange(other.epoll_, -1)),
      watches_(std::move(other.watches_)),
      removed_(std::move(other.removed_)),
      next_number_(other.next_number_),
      before_wait_(std::move(other.before_wait_)),
      after_wait_(std::move(other.after_wait_)),
      stopped_(other.stopped_) {}

EventLoop::~EventLoop() {
    if (epoll_ < 0) {
        return;
    }
    for (const auto& [fd, watch] : watches_) {
        if (watch->is_timer) {
            close(fd);
        }
    }
    close(epoll_);
}

base::Result<void> EventLoop::add(int fd, std::uint32_t events, Callback callback) {
    auto watch = std::make_unique<Watch>();
    watch->callback = std::move(callback);
    watch->number = ++next_number_;
    epoll_event event{};
    event.events = events;
    event.data.u64 = std::uint64_t{watch->number} << 32U | static_cast<std::uint32_t>(fd);
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) < 0) {
        return base::failure(fmt::format("cannot watch file {}: {}", fd, std::strerror(errno)));
    }
    watches_[fd] = std::move(watch);
    return {};
}

void EventLoop::change(int fd, std::uint32_t events) {
    const auto found = watches_.find(fd);
    if (found == watches_.end()) {
        return;
    }
    epoll_event event{};
    event.events = events;
    event.data.u64 = std::uint64_t{found->second->number} << 32U | static_cast<std::uint32_t>(fd);
    epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
}

void EventLoop::remove(int fd) {
    const auto found = watches_.find(fd);
    if (found == watches_.end()) {
        return;
    }
    epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
    if (found->second->is_timer) {
        close(fd);
    }
    removed_.push_back(std::move(found->second));
    watches_.erase(found);
}

base::Result<int> EventLoop::every(std::chrono::nanoseconds period, Action action) {
    const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (timer < 0) {
        return base::failure(fmt::format("no timer: {}", std::strerror(errno)));
    }
    const timespec time{.tv_sec = period.count() / 1'000'000'000, .tv_nsec = period.count() % 1'000'000'000};
    const itimerspec spec{.it_interval = time, .it_value = time};
    timerfd_settime(timer, 0, &spec, nullptr);
    auto added = add(timer, EPOLLIN, [timer, action = std::move(action)](std::uint32_t) {
        std::uint64_t expirations = 0;
        if (read(timer, &expirations, sizeof(expirations)) == sizeof(expirations)) {
            action();
        }
    });
    if (!added) {
        close(timer);
        return tl::unexpected(added.error());
    }
    watches_[timer]->is_timer = true;
    return timer;
}

void EventLoop::cancel(int timer) { remove(timer); }

void EventLoop::around_wait(Action before, Action after) {
    before_wait_ = std::move(before);
    after_wait_ = std::move(after);
}

void EventLoop::dispatch(std::uint64_t which, std::uint32_t events) {
    const auto found = watches_.find(static_cast<int>(which & 0xffffffffU));
    // A callback of this turn may have removed the file, or put another one in its place.
    if (found != watches_.end() && found->second->number == which >> 32U) {
        Watch* const watch = found->second.get();
        watch->callback(events);
    }
}

void EventLoop::run() {
    stopped_ = false;
    std::array<epoll_event, 64> events{};
    while (!stopped_) {
        before_wait_();
        const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
        after_wait_();
        for (int i = 0; i < count && !stopped_; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            dispatch(event.data.u64, event.events);
        }
        removed_.clear();
    }
}

}  // namespace sluice::ctrlplane
