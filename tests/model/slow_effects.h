// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/all_targets.h"
#include "tests/model/slow_netfilter.h"
#include "tests/model/slow_packet.h"

namespace sluice::model {

/// What a target that lets the walk go on does to the packet and to its bytes (empty: only the view is at hand).
/// Returns the view afterwards, which shows these bytes.
[[nodiscard]] Packet affected(const acl::AnyTarget& target, const Packet& packet, Bytes& bytes);

/// True where a target that works on the TCP header does not find it as it must be: the packet goes no further.
[[nodiscard]] bool drops(const acl::AnyTarget& target, const Bytes& bytes);

}  // namespace sluice::model
