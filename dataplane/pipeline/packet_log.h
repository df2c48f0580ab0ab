// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "acl/frame_kind.h"
#include "acl/targets/log.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/ring.h"
#include "dataplane/net/address.h"

namespace sluice::pipeline {

/// What LOG tells the control thread of one packet, as it stood at its rule; made into words there
/// (ctrlplane/packet_log_text.h). Full ring: lost and counted.
struct LogRecord {
    static constexpr std::size_t kMostBytes = 160;  ///< enough for the headers that are told, quoted ones too

    acl::LogTarget target;
    base::InterfaceId in = base::kNoInterface;
    base::InterfaceId out = base::kNoInterface;
    std::uint32_t mark = 0;
    net::MacAddress source_mac;  ///< of the frame; none for what the router made
    acl::FrameKind frame = acl::FrameKind::unicast;
    std::uint16_t byte_count = 0;  ///< how many of `bytes` there are
    std::array<std::byte, kMostBytes> bytes{};
};

/// Shape: 512 records, 112 KiB a worker.
using LogRing = base::Ring<LogRecord, 512>;

}  // namespace sluice::pipeline
