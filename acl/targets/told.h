// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>
#include <variant>

#include "acl/targets/audit.h"
#include "acl/targets/log.h"
#include "acl/targets/nflog.h"
#include "acl/targets/trace_target.h"

namespace sluice::acl {

/// What a rule has to say of a packet, besides the packet.
struct Told {
    std::variant<LogTarget, NflogTarget, AuditTarget, TraceLine> what;
};
static_assert(std::is_trivially_copyable_v<Told>);

}  // namespace sluice::acl
