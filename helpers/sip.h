// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "helpers/visit.h"

namespace sluice::helpers {

/// SIP: calls, whose media streams are announced in a session description, and registrations, which say where calls are
/// to come (RFC 3261; RFC 4566). Over UDP and TCP. See: nf_conntrack_sip.c, nf_nat_sip.c, with their default parameters:
/// calls come from the registrar only, media from and to the ends of the signalling.
///
/// The connection is kept for an hour from each message on.
[[nodiscard]] Outcome help_sip(Visit& visit) noexcept;

}  // namespace sluice::helpers
