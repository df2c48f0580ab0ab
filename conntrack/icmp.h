// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "conntrack/udp.h"

/// ICMP queries (nf_conntrack_proto_icmp.c). Errors are not connections: see icmp_error.h.
namespace sluice::conntrack {

/// Requests begin a connection, and nothing else does (CT-10); an answer out of nowhere is INVALID.
[[nodiscard]] constexpr bool begins_icmp(std::uint8_t type) noexcept {
    switch (static_cast<net::IcmpType>(type)) {
        case net::IcmpType::echo_request:
        case net::IcmpType::timestamp_request:
        case net::IcmpType::information_request:
        case net::IcmpType::address_mask_request:
            return true;
        default:
            return false;
    }
}

/// In: the type in the connection's original tuple.
[[nodiscard]] inline Prolonged track_icmp(std::uint8_t original_type, const Timeouts& timeouts) noexcept {
    return {.valid = begins_icmp(original_type), .timeout_s = timeouts.icmp_timeout};
}

}  // namespace sluice::conntrack
