// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "conntrack/settings.h"
#include "dataplane/net/headers.h"

/// Timeouts that hold for the connections to which a rule gives them (CT --timeout): what nfct(8) makes in Linux.
///
/// A policy is for one protocol, and has all of its states; what it does not name is as in the settings. The rule gives its
/// number to the connection that a packet begins, and from its first packet on the connection lives by it. A policy
/// that is gone leaves its connections to the settings, as in Linux.
namespace sluice::conntrack {

/// Of every protocol that has no tracker of its own (nf_conntrack_l4proto_generic).
inline constexpr std::uint8_t kGenericProtocol = 255;

/// A policy as rules name it. In a connection, its number: never 0.
struct TimeoutPolicyName {
    std::string name;
    std::uint8_t protocol = kGenericProtocol;
    std::uint8_t number = 0;
    bool operator==(const TimeoutPolicyName&) const = default;
};

/// A state as nfct calls it, and where it stands.
struct TimeoutState {
    std::string_view name;
    std::uint32_t Timeouts::*field = nullptr;
};

struct TimeoutProtocol {
    std::string_view name;
    std::uint8_t number = kGenericProtocol;
    std::span<const TimeoutState> states{};
};

namespace detail {
inline constexpr std::array kTcpStates = {
    TimeoutState{"syn_sent", &Timeouts::tcp_timeout_syn_sent},
    TimeoutState{"syn_recv", &Timeouts::tcp_timeout_syn_recv},
    TimeoutState{"established", &Timeouts::tcp_timeout_established},
    TimeoutState{"fin_wait", &Timeouts::tcp_timeout_fin_wait},
    TimeoutState{"close_wait", &Timeouts::tcp_timeout_close_wait},
    TimeoutState{"last_ack", &Timeouts::tcp_timeout_last_ack},
    TimeoutState{"time_wait", &Timeouts::tcp_timeout_time_wait},
    TimeoutState{"close", &Timeouts::tcp_timeout_close},
    TimeoutState{"syn_sent2", &Timeouts::tcp_timeout_syn_sent2},
    TimeoutState{"retrans", &Timeouts::tcp_timeout_max_retrans},
    TimeoutState{"unacknowledged", &Timeouts::tcp_timeout_unacknowledged},
};
inline constexpr std::array kUdpStates = {TimeoutState{"unreplied", &Timeouts::udp_timeout},
                                          TimeoutState{"replied", &Timeouts::udp_timeout_stream}};
inline constexpr std::array kGreStates = {TimeoutState{"unreplied", &Timeouts::gre_timeout},
                                          TimeoutState{"replied", &Timeouts::gre_timeout_stream}};
inline constexpr std::array kIcmpStates = {TimeoutState{"timeout", &Timeouts::icmp_timeout}};
inline constexpr std::array kGenericStates = {TimeoutState{"timeout", &Timeouts::generic_timeout}};
inline constexpr std::array kSctpStates = {
    TimeoutState{"closed", &Timeouts::sctp_timeout_closed},
    TimeoutState{"cookie_wait", &Timeouts::sctp_timeout_cookie_wait},
    TimeoutState{"cookie_echoed", &Timeouts::sctp_timeout_cookie_echoed},
    TimeoutState{"established", &Timeouts::sctp_timeout_established},
    TimeoutState{"shutdown_sent", &Timeouts::sctp_timeout_shutdown_sent},
    TimeoutState{"shutdown_recd", &Timeouts::sctp_timeout_shutdown_recd},
    TimeoutState{"shutdown_ack_sent", &Timeouts::sctp_timeout_shutdown_ack_sent},
    TimeoutState{"heartbeat_sent", &Timeouts::sctp_timeout_heartbeat_sent},
};
inline constexpr std::array kTimeoutProtocols = {
    TimeoutProtocol{"tcp", net::kProtocolTcp, kTcpStates},
    TimeoutProtocol{"udp", net::kProtocolUdp, kUdpStates},
    TimeoutProtocol{"udplite", net::kProtocolUdpLite, kUdpStates},
    TimeoutProtocol{"icmp", net::kProtocolIcmp, kIcmpStates},
    TimeoutProtocol{"sctp", net::kProtocolSctp, kSctpStates},
    TimeoutProtocol{"gre", net::kProtocolGre, kGreStates},
    TimeoutProtocol{"generic", kGenericProtocol, kGenericStates},
};
}  // namespace detail

[[nodiscard]] constexpr std::span<const TimeoutProtocol> timeout_protocols() noexcept {
    return detail::kTimeoutProtocols;
}

/// Whose policies hold for a protocol: its own, or those of `generic` (nf_ct_l4proto_find).
[[nodiscard]] constexpr const TimeoutProtocol& timeout_protocol_of(std::uint8_t protocol) noexcept {
    for (const TimeoutProtocol& one : detail::kTimeoutProtocols) {
        if (one.number == protocol) {
            return one;
        }
    }
    return detail::kTimeoutProtocols.back();
}

}  // namespace sluice::conntrack
