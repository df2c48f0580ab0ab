// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <list>
#include <memory>

#include "ctrlplane/control/client.h"
#include "ctrlplane/control/descriptor.h"
#include "ctrlplane/control/listener.h"
#include "ctrlplane/control/method.h"
#include "dataplane/base/result.h"

/// The control socket's server: many clients, none of which can harm the router or another client.
///
/// It has an epoll of its own, and that is one file for the control thread's loop:
///
///     loop.add(server.fd(), EPOLLIN, [&](auto) { server.serve(now_ms()); });
///     loop.every(1s, [&] { server.tick(now_ms()); });
///
/// While something can be done `fd()` stays readable, and each `serve` does a bounded piece of it: at most
/// kClientsATurn clients, each a few calls or one piece of a long reply. So a list of a million connections,
/// or somebody who asks without end, costs the loop a few milliseconds a turn, and never a worker.
namespace sluice::ctrlplane::control {

class Server {
public:
    static constexpr std::size_t kMaxClients = 64;
    /// With all places taken, one that has done nothing for this long makes room.
    static constexpr std::uint64_t kIdleMakesRoom_ms = 60'000;

    /// Errors: no epoll (too many open files).
    static base::Result<std::unique_ptr<Server>> create(Listener listener, Methods methods,
                                                        const ClientLimits& limits = {});
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Readable while `serve` has something to do.
    [[nodiscard]] int fd() const noexcept { return epoll_.get(); }
    /// Does a piece of what there is to do; never blocks. Units: milliseconds of any steady clock.
    void serve(std::uint64_t now_ms);
    /// Ends connections that do not move; about once a second.
    void tick(std::uint64_t now_ms);

    [[nodiscard]] std::size_t client_count() const noexcept { return clients_.size(); }

private:
    struct Place {
        Place(Descriptor socket, const ClientLimits& limits, std::uint64_t now_ms)
            : client(std::move(socket), limits, now_ms) {}
        Client client;
        std::uint32_t waits_for = 0;
        std::list<Place>::iterator self;
    };
    static constexpr int kClientsATurn = 8;

    Server(Listener listener, Descriptor epoll, Methods methods, const ClientLimits& limits)
        : listener_(std::move(listener)),
          epoll_(std::move(epoll)),
          methods_(std::move(methods)),
          limits_(limits) {}
    void accept_some(std::uint64_t now_ms);
    [[nodiscard]] bool make_room(std::uint64_t now_ms);
    void listen(bool on);
    void forget(const Place& place);

    Listener listener_;
    Descriptor epoll_;
    Methods methods_;
    ClientLimits limits_;
    std::list<Place> clients_;
    bool is_listening_ = false;
};

}  // namespace sluice::ctrlplane::control
