// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "conntrack/connection.h"
#include "conntrack/packet.h"
#include "conntrack/settings.h"

/// UDP and UDP-Lite (nf_conntrack_proto_udp.c).
namespace sluice::conntrack {

/// What a packet of a protocol without states does.
struct Prolonged {
    bool valid = true;
    bool becomes_assured = false;
    std::uint32_t timeout_s = 0;
};

/// Whether the lengths hold (udp_error, udplite_error).
[[nodiscard]] inline bool udp_is_sound(const L4View& view) noexcept {
    const auto* udp = view.header<net::UdpHeader>();
    if (udp == nullptr) {
        return false;
    }
    const std::uint32_t length = udp->length.host();  // UDP-Lite: bytes covered by the checksum; 0: all
    const bool covers_all = length == 0 && view.protocol == net::kProtocolUdpLite;
    return covers_all || (length >= sizeof(net::UdpHeader) && length <= view.total_bytes);
}

/// In: `age`, time since the connection was created. A stream is one that has been answered and is older than
/// two seconds; only that is ASSURED and lives longer (CT-9, RFC 4787 REQ-5).
[[nodiscard]] inline Prolonged track_udp(const L4View& view, bool seen_reply, bool assured, Ticks age,
                                         const Timeouts& timeouts) noexcept {
    if (!udp_is_sound(view)) {
        return {.valid = false};
    }
    const bool stream =
        seen_reply && (age > 2 * base::kTicksPerSecond || view.protocol == net::kProtocolUdpLite);
    return {.becomes_assured = stream && !assured,
            .timeout_s = stream ? timeouts.udp_timeout_stream : timeouts.udp_timeout};
}

}  // namespace sluice::conntrack
