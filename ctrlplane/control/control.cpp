// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/control.h"

#include <utility>

#include "ctrlplane/control/methods.h"

namespace sluice::ctrlplane::control {

base::Result<std::unique_ptr<Control>> Control::create(Listener listener, RouterView view) {
    std::unique_ptr<Control> control(new Control(std::move(view)));
    auto server = Server::create(std::move(listener), all_methods(control->view_, control->figures_));
    if (!server) {
        return tl::unexpected(server.error());
    }
    control->server_ = std::move(*server);
    auto telemetry = Telemetry::create(control->figures_);
    if (!telemetry) {
        return tl::unexpected(telemetry.error());
    }
    control->telemetry_ = std::move(*telemetry);
    control->figures_.tick();
    return control;
}

void Control::tick() {
    figures_.tick();
    server_->tick(now_ms());
}

}  // namespace sluice::ctrlplane::control
