// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/serve.h"

#include <utility>

#include "ctrlplane/router_view.h"

namespace sluice::ctrlplane {

base::Result<std::unique_ptr<control::Control>> serve(EventLoop& loop, control::Listener listener, Runtime& runtime,
                                                      Reload reload) {
    control::RouterView view = view_of(runtime);
    view.reload = std::move(reload);
    auto control = control::Control::create(std::move(listener), std::move(view));
    if (!control) {
        return control;
    }
    if (auto joined = (*control)->join(loop); !joined) {
        return tl::unexpected(joined.error());
    }
    return control;
}

}  // namespace sluice::ctrlplane
