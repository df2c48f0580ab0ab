// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "helpers/visit.h"

namespace sluice::helpers {

/// Amanda: the backup client answers with `CONNECT DATA 4711 MESG 4712 INDEX 4713`, ports to which the server then
/// connects with TCP. See: nf_conntrack_amanda.c, nf_nat_amanda.c.
///
/// The control connection is kept for five minutes from each answer on: clients take their time.
[[nodiscard]] Outcome help_amanda(Visit& visit) noexcept;

}  // namespace sluice::helpers
