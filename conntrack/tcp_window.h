// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "conntrack/tcp.h"

/// Whether a segment lies within the windows (tcp_in_window).
///
/// A box in the middle sees what may yet be lost, so its windows are wider than those of the ends. After
/// Guido van Rooij, "Real Stateful TCP Packet Filtering in IP Filter" (SANE 2000). With A the sender, B the
/// receiver:
///
///     I    sequence <= A.max_end                     else it is more than B allows
///     II   end      >= A.end - B.max_window          else it is what B has had long ago
///     III  ack      <= B.end                         else it acknowledges what B has not sent
///     IV   ack      >= B.end - max(A.max_window, 66000)   else it comes very late
///
/// where `ack` is the highest right edge of a SACK block, if there are any.
///
/// Example: A sends 1001..1500 (A.end = 1501), B answers ack 1501, window 8192 (A.max_end = 9693). A may now
/// send what begins at 9693 or before; a forged segment at 50,000 breaks I and is INVALID, the old 1001..1500
/// once more is fine, and an acknowledgement of 9000 by B breaks III.
namespace sluice::conntrack {

enum class TcpWindow : std::uint8_t {
    inside,
    ignored,  ///< old: let through, but it changes nothing and prolongs nothing
    outside,  ///< INVALID
};

/// In: `liberal`, out of window is no fault of anybody (nf_conntrack_tcp_be_liberal).
/// `memory` learns from what is inside.
[[nodiscard]] TcpWindow tcp_window(TcpMemory& memory, Way way, const TcpSegment& segment,
                                   bool liberal) noexcept;

/// What the options of a SYN say, into `scale` and `flags`; nothing changes where it has none (tcp_options).
void read_syn_options(std::span<const std::byte> options, std::uint8_t& scale, std::uint8_t& flags) noexcept;

/// The highest right edge of a SACK block behind `acknowledgement`, else that itself (tcp_sack).
[[nodiscard]] std::uint32_t highest_sack(std::span<const std::byte> options,
                                         std::uint32_t acknowledgement) noexcept;

}  // namespace sluice::conntrack
