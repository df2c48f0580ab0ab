// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/serve.h"

#include <sys/epoll.h>

#include <chrono>
#include <utility>

#include "ctrlplane/control/methods.h"
#include "ctrlplane/router_view.h"

namespace sluice::ctrlplane {
namespace {

std::uint64_t steady_ms() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

}  // namespace

base::Result<std::unique_ptr<control::Server>> serve(EventLoop& loop, control::Listener listener, Runtime& runtime,
                                                     Reload reload) {
    control::RouterView view = view_of(runtime);
    view.reload = std::move(reload);
    auto server = control::Server::create(std::move(listener), control::methods_of(std::move(view)));
    if (!server) {
        return server;
    }
    control::Server& running = **server;
    if (auto added = loop.add(running.fd(), EPOLLIN, [&running](std::uint32_t) { running.serve(steady_ms()); });
        !added) {
        return tl::unexpected(added.error());
    }
    if (auto timer = loop.every(std::chrono::seconds(1), [&running] { running.tick(steady_ms()); }); !timer) {
        return tl::unexpected(timer.error());
    }
    return server;
}

}  // namespace sluice::ctrlplane
