// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>

#include "conntrack/sequence_shift.h"

namespace sluice::helpers {

/// Shifts the sequence number of a TCP segment as `own` says, and what it acknowledges back as `others` does, SACK
/// included; its checksum by the difference (nf_ct_seq_adjust).
///
/// In: `tcp` from the TCP header on, with all its options. False: its options make no sense, the packet is to be dropped.
[[nodiscard]] bool adjust_sequence(std::span<std::byte> tcp, const conntrack::Shift& own, const conntrack::Shift& others) noexcept;

}  // namespace sluice::helpers
