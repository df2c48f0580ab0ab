// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

/// What happens to connections, for whoever listens (`conntrack -E`).
///
/// A packet notes what it does to its connection in bits of that connection's status (Connection::note), and they are
/// told together when the packet has got through (Table::tell), as the kernel's nf_ct_deliver_cached_events has it:
/// what a packet did that was dropped afterwards is told with the next one that gets through. An end is told at once.
///
/// Only a connection with status::kReported is looked at. It is given that when it begins: with nf_conntrack_events
/// at 2, the default, while somebody listens, so that who does not listen pays one branch a packet; at 1 always; at 0
/// never. See: nf_conntrack_ecache.h.
namespace sluice::conntrack::event {

// The kernel's IPCT_*, 16 bits further up: where they lie in the status.
inline constexpr unsigned kShift = 16;
inline constexpr std::uint32_t kNew = 1U << 16U;
inline constexpr std::uint32_t kRelated = 1U << 17U;  ///< a new one that another has expected
inline constexpr std::uint32_t kDestroy = 1U << 18U;  ///< told only, never noted
inline constexpr std::uint32_t kReply = 1U << 19U;    ///< the first packet of the other direction
inline constexpr std::uint32_t kAssured = 1U << 20U;
inline constexpr std::uint32_t kProtocolState = 1U << 21U;
inline constexpr std::uint32_t kHelper = 1U << 22U;
inline constexpr std::uint32_t kMark = 1U << 23U;
inline constexpr std::uint32_t kSequenceAdjust = 1U << 24U;
inline constexpr std::uint32_t kLabel = 1U << 26U;

}  // namespace sluice::conntrack::event
