// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "helpers/visit.h"

namespace sluice::helpers {

/// FTP's control connection: PORT and EPRT of the client, 227 and 229 of the server announce where the data connection
/// will lead (RFC 959; RFC 2428; RFC 1123, 4.1.2). See: nf_conntrack_ftp.c, nf_nat_ftp.c.
///
/// Only a command at the beginning of a line counts, so the first line of each direction is never looked at
/// (REQUIREMENTS, surprise 16). A segment that ends inside a command is dropped: it comes again, longer.
[[nodiscard]] Outcome help_ftp(Visit& visit) noexcept;

}  // namespace sluice::helpers
