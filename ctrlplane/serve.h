// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "ctrlplane/control/control.h"
#include "ctrlplane/control/listener.h"
#include "ctrlplane/event_loop.h"
#include "ctrlplane/runtime.h"

namespace sluice::ctrlplane {

/// What a reload has done, or why it was refused, one fault a line.
using Reload = std::function<tl::expected<std::string, std::string>()>;

/// Lets the clients of the control socket and of DPDK's telemetry be served in the loop. `runtime` must outlive the
/// result.
base::Result<std::unique_ptr<control::Control>> serve(EventLoop& loop, control::Listener listener, Runtime& runtime,
                                                     Reload reload);

}  // namespace sluice::ctrlplane
