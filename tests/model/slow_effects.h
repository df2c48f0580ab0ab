// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "tests/model/slow_netfilter.h"

namespace sluice::model {

/// What a target that lets the walk go on does to the packet: its view afterwards.
[[nodiscard]] Packet affected(const acl::AnyTarget& target, const Packet& packet);

}  // namespace sluice::model
