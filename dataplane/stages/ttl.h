// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "dataplane/net/checksum.h"

namespace sluice::stages {

/// TTL minus one, with the header checksum (RFC 1141). Only for a TTL above one.
inline void lower_ttl(net::Ipv4Header& header) noexcept {
    constexpr net::ChecksumDelta kOneLess =
        net::ChecksumDelta().replace(net::Be16::from_host(0x0100), net::Be16::from_host(0));
    --header.ttl;
    header.checksum = kOneLess.applied_to(header.checksum);
}

}  // namespace sluice::stages
