// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "helpers/visit.h"

namespace sluice::helpers {

/// PPTP: the control connection agrees on call ids, by which the GRE packets of the tunnel are told apart (RFC 2637). See:
/// nf_conntrack_pptp.c, nf_nat_pptp.c.
///
/// As there, the client is taken to have opened the control connection, and one call at a time is followed. Behind NAT
/// the client's call id becomes the control connection's outside port, which no other has.
[[nodiscard]] Outcome help_pptp(Visit& visit) noexcept;

}  // namespace sluice::helpers
