// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice::acl {

/// To whom a frame came in; the kernel's PACKET_HOST and its like. What the router makes itself is unicast.
enum class FrameKind : std::uint8_t {
    unicast,
    broadcast,
    multicast,
    otherhost,  ///< never met: such frames are dropped before any rule
};

}  // namespace sluice::acl
