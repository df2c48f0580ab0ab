// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ctrlplane/control/router_view.h"
#include "ctrlplane/runtime.h"

namespace sluice::ctrlplane {

/// The running router as the control socket sees it; `reload` is left to the caller. `runtime` must live as long.
[[nodiscard]] control::RouterView view_of(Runtime& runtime);

}  // namespace sluice::ctrlplane
