// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/server.h"

#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace sluice::ctrlplane::control {

base::Result<std::unique_ptr<Server>> Server::create(Listener listener, Methods methods,
                                                     const ClientLimits& limits) {
    Descriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) {
        return base::failure(fmt::format("control socket: {}", std::strerror(errno)));
    }
    std::unique_ptr<Server> server(
        new Server(std::move(listener), std::move(epoll), std::move(methods), limits));
    epoll_event event{.events = 0, .data = {.ptr = nullptr}};
    if (::epoll_ctl(server->fd(), EPOLL_CTL_ADD, server->listener_.fd(), &event) != 0) {
        return base::failure(fmt::format("control socket: {}", std::strerror(errno)));
    }
    server->listen(true);
    return server;
}

void Server::listen(bool on) {
    epoll_event event{.events = on ? static_cast<std::uint32_t>(EPOLLIN) : 0U, .data = {.ptr = nullptr}};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, listener_.fd(), &event);
    is_listening_ = on;
}

/// To close a socket is not enough: a child that was forked meanwhile keeps it alive until it executes, and with it
/// epoll's pointer to a place that is gone.
void Server::forget(const Place& place) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, place.client.fd(), nullptr);
}

void Server::serve(std::uint64_t now_ms) {
    std::array<epoll_event, kClientsATurn> events{};
    const int count = ::epoll_wait(epoll_.get(), events.data(), kClientsATurn, 0);
    bool wants_accept = false;
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        auto* place = static_cast<Place*>(event.data.ptr);
        if (place == nullptr) {
            wants_accept = true;  // after the others: it may end one of them
            continue;
        }
        if (!place->client.serve(event.events, methods_, now_ms)) {
            forget(*place);
            clients_.erase(place->self);
            continue;
        }
        if (const std::uint32_t wanted = place->client.wanted_events(); wanted != place->waits_for) {
            place->waits_for = wanted;
            epoll_event change{.events = wanted, .data = {.ptr = place}};
            ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, place->client.fd(), &change);
        }
    }
    if (wants_accept) {
        accept_some(now_ms);
    }
}

void Server::accept_some(std::uint64_t now_ms) {
    for (int i = 0; i < kClientsATurn; ++i) {
        Descriptor socket(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!socket) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
                listen(false);  // until the next tick; the listener would be ready all the time
            }
            return;
        }
        if (clients_.size() >= kMaxClients && !make_room(now_ms)) {
            const std::string answer =
                error_text("null",
                           {ErrorCode::refused,
                            fmt::format("{} clients are connected already; try again later", kMaxClients)}) +
                "\n";
            [[maybe_unused]] const ssize_t sent =
                ::send(socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            continue;
        }
        Place& place = clients_.emplace_back(std::move(socket), limits_, now_ms);
        place.self = std::prev(clients_.end());
        place.waits_for = EPOLLIN;
        epoll_event event{.events = EPOLLIN, .data = {.ptr = &place}};
        if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, place.client.fd(), &event) != 0) {
            clients_.pop_back();
        }
    }
}

/// Ends the connection that has been idle the longest, if it has been so for long enough.
bool Server::make_room(std::uint64_t now_ms) {
    const auto idle = [now_ms](const Place& place) { return place.client.idle_ms(now_ms).value_or(0); };
    const auto longest = std::max_element(clients_.begin(), clients_.end(),
                                          [&](const Place& a, const Place& b) { return idle(a) < idle(b); });
    if (longest == clients_.end() || idle(*longest) < kIdleMakesRoom_ms) {
        return false;
    }
    forget(*longest);
    clients_.erase(longest);
    return true;
}

void Server::tick(std::uint64_t now_ms) {
    clients_.remove_if([&](const Place& place) {
        const bool is_over = place.client.is_stalled(now_ms);
        if (is_over) {
            forget(place);
        }
        return is_over;
    });
    if (!is_listening_) {
        listen(true);
    }
}

}  // namespace sluice::ctrlplane::control
