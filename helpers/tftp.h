// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "helpers/visit.h"

namespace sluice::helpers {

/// TFTP: the server answers a request from a port of its own (RFC 1350, 4). See: nf_conntrack_tftp.c, nf_nat_tftp.c.
[[nodiscard]] Outcome help_tftp(Visit& visit) noexcept;

}  // namespace sluice::helpers
