// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "conntrack/udp.h"

/// Protocols of which only addresses are known (DCCP too: Linux has no states for it since 6.16), and GRE.
namespace sluice::conntrack {

[[nodiscard]] inline Prolonged track_generic(const Timeouts& timeouts) noexcept {
    return {.timeout_s = timeouts.generic_timeout};
}

/// As nf_conntrack_gre_packet: answered means ASSURED and a longer life.
[[nodiscard]] inline Prolonged track_gre(bool seen_reply, bool assured, const Timeouts& timeouts) noexcept {
    return {.becomes_assured = seen_reply && !assured,
            .timeout_s = seen_reply ? timeouts.gre_timeout_stream : timeouts.gre_timeout};
}

}  // namespace sluice::conntrack
