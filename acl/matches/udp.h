// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/tcp.h"

namespace sluice::acl {

/// `-p udp --sport --dport`.
struct UdpMatch {
    PortRange source;
    PortRange destination;
    bool operator==(const UdpMatch&) const = default;
};

}  // namespace sluice::acl
