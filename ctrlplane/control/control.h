// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <memory>

#include "ctrlplane/control/figures.h"
#include "ctrlplane/control/listener.h"
#include "ctrlplane/control/router_view.h"
#include "ctrlplane/control/server.h"
#include "ctrlplane/control/telemetry.h"
#include "dataplane/base/result.h"

namespace sluice::ctrlplane::control {

/// Everything by which the router is asked from outside: the control socket, and DPDK's telemetry.
///
/// Life: `Listener::open` before devices are touched; `create` and `join` when the runtime runs; the
/// destructor before the runtime goes, after the loop has ended. Threads: control.
class Control {
public:
    /// Errors: too many open files.
    static base::Result<std::unique_ptr<Control>> create(Listener listener, RouterView view);
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;

    /// Serves in the control thread's loop; `Loop` is EventLoop. Errors: the loop's.
    template <class Loop>
    base::Result<void> join(Loop& loop) {
        if (auto added = loop.add(server_->fd(), EPOLLIN, [this](std::uint32_t) { serve(); }); !added) {
            return added;
        }
        if (auto added = loop.add(telemetry_->fd(), EPOLLIN, [this](std::uint32_t) { telemetry_->serve(); });
            !added) {
            return added;
        }
        if (auto timer = loop.every(std::chrono::seconds(1), [this] { tick(); }); !timer) {
            return tl::unexpected(timer.error());
        }
        return {};
    }

    [[nodiscard]] Server& server() noexcept { return *server_; }

private:
    explicit Control(RouterView view) : view_(std::move(view)), figures_(view_) {}
    [[nodiscard]] std::uint64_t now_ms() const { return view_.now_ns() / 1'000'000; }
    void serve() { server_->serve(now_ms()); }
    void tick();

    RouterView view_;
    Figures figures_;
    std::unique_ptr<Server> server_;
    std::unique_ptr<Telemetry> telemetry_;
};

}  // namespace sluice::ctrlplane::control
