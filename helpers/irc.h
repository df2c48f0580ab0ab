// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "helpers/visit.h"

namespace sluice::helpers {

/// IRC: a client that offers a direct connection (PRIVMSG nick :\1DCC SEND file address port ...) is connected to by
/// anybody. See: nf_conntrack_irc.c, nf_nat_irc.c.
///
/// Only what the client itself sends counts, and only its own address or the one that it is seen with (ALG-4).
[[nodiscard]] Outcome help_irc(Visit& visit) noexcept;

}  // namespace sluice::helpers
