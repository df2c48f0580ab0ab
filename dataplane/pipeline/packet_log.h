// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "acl/frame_kind.h"
#include "acl/targets/told.h"
#include "dataplane/base/byte_ring.h"
#include "dataplane/base/ids.h"
#include "dataplane/net/address.h"

namespace sluice::pipeline {

/// What LOG, NFLOG and AUDIT tell the control thread of one packet, as it stood at its rule; made into words
/// there (ctrlplane/packet_log_text.h). Its bytes follow it in the ring. Full ring: lost and counted.
struct LogHead {
    static constexpr std::size_t kWordBytes = 160;  ///< enough for the headers that are told, quoted ones too

    acl::Told told{acl::LogTarget{}};
    base::InterfaceId in = base::kNoInterface;
    base::InterfaceId out = base::kNoInterface;
    std::uint32_t mark = 0;
    net::MacAddress source_mac{};  ///< of the frame; none for what the router made
    acl::FrameKind frame = acl::FrameKind::unicast;
    std::uint32_t packet_bytes = 0;  ///< of the whole packet
    std::uint64_t now_ns = 0;        ///< since start
};
static_assert(std::is_trivially_copyable_v<LogHead>);

/// One record as the control thread reads it.
struct LogRecord : LogHead {
    std::span<const std::byte> bytes;  ///< the packet's first ones; gone with the record
};

/// Shape: 1 MiB a worker: 600 whole packets of 1500 bytes, or 3000 records of words.
using LogRing = base::ByteRing<std::size_t{1} << 20U>;

/// Calls `use` with the oldest record. False: there is none.
template <class Use>
bool take_record(LogRing& ring, Use&& use) {
    return ring.pop([&](std::span<const std::byte> message) {
        LogRecord record;
        std::memcpy(static_cast<LogHead*>(&record), message.data(), sizeof(LogHead));
        record.bytes = message.subspan(sizeof(LogHead));
        use(record);
    });
}

}  // namespace sluice::pipeline
