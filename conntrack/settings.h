// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice::conntrack {

/// How long a connection lives after its last packet, by protocol and state.
///
/// Names and defaults are those of net.netfilter.nf_conntrack_*
/// (Documentation/networking/nf_conntrack-sysctl.rst).
///
/// Units: seconds.
struct Timeouts {
    std::uint32_t generic_timeout = 600;
    std::uint32_t icmp_timeout = 30;
    std::uint32_t udp_timeout = 30;
    std::uint32_t udp_timeout_stream = 120;
    std::uint32_t gre_timeout = 30;
    std::uint32_t gre_timeout_stream = 180;
    std::uint32_t tcp_timeout_syn_sent = 120;
    std::uint32_t tcp_timeout_syn_recv = 60;
    std::uint32_t tcp_timeout_established = 432'000;
    std::uint32_t tcp_timeout_fin_wait = 120;
    std::uint32_t tcp_timeout_close_wait = 60;
    std::uint32_t tcp_timeout_last_ack = 30;
    std::uint32_t tcp_timeout_time_wait = 120;
    std::uint32_t tcp_timeout_close = 10;
    std::uint32_t tcp_timeout_syn_sent2 = 120;  ///< no sysctl has it, a timeout policy may
    std::uint32_t tcp_timeout_max_retrans = 300;
    std::uint32_t tcp_timeout_unacknowledged = 300;
    std::uint32_t sctp_timeout_closed = 10;
    std::uint32_t sctp_timeout_cookie_wait = 3;
    std::uint32_t sctp_timeout_cookie_echoed = 3;
    std::uint32_t sctp_timeout_established = 210;
    std::uint32_t sctp_timeout_shutdown_sent = 3;
    std::uint32_t sctp_timeout_shutdown_recd = 3;
    std::uint32_t sctp_timeout_shutdown_ack_sent = 3;
    std::uint32_t sctp_timeout_heartbeat_sent = 30;
};

/// What the operator may set about tracking; part of a snapshot, handed in with every packet.
struct Settings {
    Timeouts timeouts;
    bool tcp_loose = true;             ///< nf_conntrack_tcp_loose: pick up connections in their middle
    bool tcp_be_liberal = false;       ///< nf_conntrack_tcp_be_liberal: only a RST out of window is INVALID
    std::uint8_t tcp_max_retrans = 3;  ///< nf_conntrack_tcp_max_retrans: repeats that shorten the timeout
    bool tcp_ignore_invalid_rst = false;  ///< nf_conntrack_tcp_ignore_invalid_rst
    bool strict = false;  ///< [conntrack] strict: what answers a SYN must acknowledge it exactly
    bool holds_ports = false;  ///< [conntrack] timeouts = "rfc": no new connection takes the port of one that is closing
    bool acct = false;  ///< nf_conntrack_acct: count packets and bytes of connections that begin from now on
    bool labels = false;  ///< a rule speaks of labels: connections that begin from now on have some
    std::uint8_t events = 2;  ///< nf_conntrack_events: 1, what happens to connections is told; 2, to those that begin while
                              ///< somebody listens
    bool checksum = true;  ///< nf_conntrack_checksum: a wrong L4 checksum at PREROUTING is INVALID
};

}  // namespace sluice::conntrack
