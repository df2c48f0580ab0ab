// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/sysctl.h"

#include <algorithm>
#include <array>
#include <limits>

namespace sluice::ctrlplane::config {

namespace {

/// Indexes of connections and the memory for them end here.
constexpr std::uint32_t kMostExpectations = 1U << 20U;
constexpr std::uint32_t kMostConnections = 100'000'000;
constexpr std::uint32_t kInt = std::numeric_limits<std::int32_t>::max();

constexpr SysctlSpec timeout(std::string_view name, std::uint32_t kernel_default,
                             std::uint32_t Sysctls::*field) {
    return {name, kernel_default, 1, kLongestTimeout_s, field};
}

/// What is not built: the kernel's default changes nothing and is accepted.
constexpr SysctlSpec only_default(std::string_view name, std::uint32_t kernel_default,
                                  std::string_view reason = "not built yet") {
    return {name, kernel_default, kernel_default, kernel_default, nullptr, reason};
}

constexpr std::array kSysctls = {
    SysctlSpec{"net.netfilter.nf_conntrack_max", 262'144, 1, kMostConnections, &Sysctls::conntrack_max},
    SysctlSpec{"net.netfilter.nf_conntrack_expect_max", 4096, 1, kMostExpectations, &Sysctls::expect_max},
    timeout("net.netfilter.nf_conntrack_generic_timeout", 600, &Sysctls::generic_timeout_s),
    timeout("net.netfilter.nf_conntrack_icmp_timeout", 30, &Sysctls::icmp_timeout_s),
    timeout("net.netfilter.nf_conntrack_udp_timeout", 30, &Sysctls::udp_timeout_s),
    timeout("net.netfilter.nf_conntrack_udp_timeout_stream", 120, &Sysctls::udp_timeout_stream_s),
    timeout("net.netfilter.nf_conntrack_tcp_timeout_syn_sent", 120, &Sysctls::tcp_timeout_syn_sent_s),
    timeout("net.netfilter.nf_conntrack_tcp_timeout_syn_recv", 60, &Sysctls::tcp_timeout_syn_recv_s),
    timeout("net.netfilter.nf_conntrack_tcp_timeout_established", 432'000,
            &Sysctls::tcp_timeout_established_s),
    timeout("net.netfilter.nf_conntrack_tcp_timeout_fin_wait", 120, &Sysctls::tcp_timeout_fin_wait_s),
    timeout("net.netfilter.nf_conntrack_tcp_timeout_close_wait", 60, &Sysctls::tcp_timeout_close_wait_s),
    timeout("net.netfilter.nf_conntrack_tcp_timeout_last_ack", 30, &Sysctls::tcp_timeout_last_ack_s),
    timeout("net.netfilter.nf_conntrack_tcp_timeout_time_wait", 120, &Sysctls::tcp_timeout_time_wait_s),
    timeout("net.netfilter.nf_conntrack_tcp_timeout_close", 10, &Sysctls::tcp_timeout_close_s),
    SysctlSpec{"net.netfilter.nf_conntrack_tcp_loose", 1, 0, 1, &Sysctls::tcp_loose},
    timeout("net.netfilter.nf_conntrack_tcp_timeout_max_retrans", 300, &Sysctls::tcp_timeout_max_retrans_s),
    timeout("net.netfilter.nf_conntrack_tcp_timeout_unacknowledged", 300,
            &Sysctls::tcp_timeout_unacknowledged_s),
    timeout("net.netfilter.nf_conntrack_gre_timeout", 30, &Sysctls::gre_timeout_s),
    timeout("net.netfilter.nf_conntrack_gre_timeout_stream", 180, &Sysctls::gre_timeout_stream_s),
    SysctlSpec{"net.netfilter.nf_conntrack_tcp_max_retrans", 3, 0, 255, &Sysctls::tcp_max_retrans},
    SysctlSpec{"net.netfilter.nf_conntrack_tcp_be_liberal", 0, 0, 1, &Sysctls::tcp_be_liberal},
    SysctlSpec{"net.netfilter.nf_conntrack_tcp_ignore_invalid_rst", 0, 0, 1,
               &Sysctls::tcp_ignore_invalid_rst},
    SysctlSpec{"net.netfilter.nf_conntrack_checksum", 1, 0, 1, &Sysctls::conntrack_checksum},
    SysctlSpec{"net.netfilter.nf_conntrack_acct", 0, 0, 1, &Sysctls::conntrack_acct},
    SysctlSpec{"net.netfilter.nf_conntrack_events", 2, 0, 2, &Sysctls::conntrack_events},
    only_default("net.netfilter.nf_conntrack_helper", 0, "no helper runs unless a rule asks for it"),
    only_default("net.netfilter.nf_conntrack_log_invalid", 0),
    SysctlSpec{"net.netfilter.nf_conntrack_timestamp", 0, 0, 1, &Sysctls::conntrack_timestamp},
    only_default("net.netfilter.nf_conntrack_icmpv6_timeout", 30),
    only_default("net.netfilter.nf_conntrack_frag6_timeout", 60),
    only_default("net.netfilter.nf_conntrack_frag6_high_thresh", 4'194'304),
    only_default("net.netfilter.nf_conntrack_frag6_low_thresh", 3'145'728),
    timeout("net.netfilter.nf_conntrack_sctp_timeout_closed", 10, &Sysctls::sctp_timeout_closed_s),
    timeout("net.netfilter.nf_conntrack_sctp_timeout_cookie_wait", 3, &Sysctls::sctp_timeout_cookie_wait_s),
    timeout("net.netfilter.nf_conntrack_sctp_timeout_cookie_echoed", 3,
            &Sysctls::sctp_timeout_cookie_echoed_s),
    timeout("net.netfilter.nf_conntrack_sctp_timeout_established", 210, &Sysctls::sctp_timeout_established_s),
    timeout("net.netfilter.nf_conntrack_sctp_timeout_heartbeat_sent", 30,
            &Sysctls::sctp_timeout_heartbeat_sent_s),
    timeout("net.netfilter.nf_conntrack_sctp_timeout_shutdown_sent", 3,
            &Sysctls::sctp_timeout_shutdown_sent_s),
    timeout("net.netfilter.nf_conntrack_sctp_timeout_shutdown_recd", 3,
            &Sysctls::sctp_timeout_shutdown_recd_s),
    timeout("net.netfilter.nf_conntrack_sctp_timeout_shutdown_ack_sent", 3,
            &Sysctls::sctp_timeout_shutdown_ack_sent_s),
    SysctlSpec{"net.netfilter.nf_conntrack_buckets", 262'144, 1, 0, nullptr,
               "the table has no buckets to set; net.netfilter.nf_conntrack_max alone sizes it"},
    SysctlSpec{"net.netfilter.nf_conntrack_count", 0, 1, 0, nullptr, "it can only be read"},

    SysctlSpec{"net.ipv4.ip_forward", 0, 0, 1, &Sysctls::ip_forward},
    SysctlSpec{"net.ipv4.ip_default_ttl", 64, 1, 255, &Sysctls::ip_default_ttl},
    SysctlSpec{"net.ipv4.icmp_ratelimit", 1000, 0, kInt, &Sysctls::icmp_ratelimit_ms},
    SysctlSpec{"net.ipv4.icmp_ratemask", 6168, 0, kInt, &Sysctls::icmp_ratemask},
    SysctlSpec{"net.ipv4.icmp_msgs_per_sec", 1000, 0, kInt, &Sysctls::icmp_msgs_per_sec},
    SysctlSpec{"net.ipv4.icmp_msgs_burst", 50, 0, kInt, &Sysctls::icmp_msgs_burst},
    SysctlSpec{"net.ipv4.icmp_echo_ignore_all", 0, 0, 1, &Sysctls::icmp_echo_ignore_all},
    SysctlSpec{"net.ipv4.icmp_echo_ignore_broadcasts", 1, 0, 1, &Sysctls::icmp_echo_ignore_broadcasts},
    SysctlSpec{"net.ipv4.icmp_errors_use_inbound_ifaddr", 0, 0, 1, &Sysctls::icmp_errors_use_inbound_ifaddr},
    SysctlSpec{"net.ipv4.ipfrag_time", 30, 1, 3600, &Sysctls::ipfrag_time_s},
    SysctlSpec{"net.ipv4.ipfrag_high_thresh", 4'194'304, 0, kInt, &Sysctls::ipfrag_high_thresh_bytes},
    only_default("net.ipv4.ipfrag_low_thresh", 3'145'728),
    only_default("net.ipv4.ipfrag_max_dist", 64),
    only_default("net.ipv4.ipfrag_secret_interval", 0),
    only_default("net.ipv4.icmp_echo_enable_probe", 0),
    only_default("net.ipv4.icmp_ignore_bogus_error_responses", 1),
    only_default("net.ipv4.ip_forward_use_pmtu", 0),
    only_default("net.ipv4.ip_forward_update_priority", 1),
    only_default("net.ipv4.neigh.default.gc_stale_time", 60),
    only_default("net.ipv4.neigh.default.base_reachable_time_ms", 30'000),
    only_default("net.ipv4.neigh.default.retrans_time_ms", 1000),
    only_default("net.ipv4.neigh.default.delay_first_probe_time", 5),
    only_default("net.ipv4.neigh.default.ucast_solicit", 3),
    only_default("net.ipv4.neigh.default.mcast_solicit", 3),
};

constexpr std::array kConfSysctls = {
    ConfSpec{"rp_filter", 0, 2, 2, &ConfSettings::rp_filter},
    ConfSpec{"send_redirects", 1, 1, 1, &ConfSettings::send_redirects},
    ConfSpec{"forwarding", 0, 1, 1, &ConfSettings::forwarding},
    ConfSpec{"accept_source_route", 1, 1, 0, nullptr, "source routes are never followed"},
    ConfSpec{"accept_redirects", 1, 1, 0, nullptr, "redirects from others are never followed"},
    ConfSpec{"secure_redirects", 1, 1, 1, nullptr, "redirects from others are never followed"},
    ConfSpec{"log_martians", 0, 0, 0},
    ConfSpec{"arp_ignore", 0, 0, 0},
    ConfSpec{"arp_announce", 0, 0, 0},
    ConfSpec{"arp_filter", 0, 0, 0},
    ConfSpec{"arp_accept", 0, 0, 0},
    ConfSpec{"proxy_arp", 0, 0, 0},
    ConfSpec{"accept_local", 0, 0, 0},
    ConfSpec{"route_localnet", 0, 0, 0},
    ConfSpec{"bc_forwarding", 0, 0, 0},
    ConfSpec{"mc_forwarding", 0, 0, 0},
    ConfSpec{"src_valid_mark", 0, 0, 0},
};

}  // namespace

Sysctls with_rfc_timeouts() noexcept {
    constexpr std::uint32_t kUdp = 300;               // RFC 4787 REQ-5c: five minutes or more
    constexpr std::uint32_t kQuery = 60;              // RFC 5508 REQ-2
    constexpr std::uint32_t kTransitory = 240;        // RFC 5382 REQ-5; RFC 7857: also after a reset
    constexpr std::uint32_t kEstablished = 124 * 60;  // RFC 5382 REQ-5, whatever is repeated or unacknowledged
    Sysctls values;
    values.udp_timeout_s = kUdp;
    values.udp_timeout_stream_s = kUdp;
    values.icmp_timeout_s = kQuery;
    values.tcp_timeout_syn_sent_s = kTransitory;
    values.tcp_timeout_syn_recv_s = kTransitory;
    values.tcp_timeout_fin_wait_s = kTransitory;
    values.tcp_timeout_close_wait_s = kTransitory;
    values.tcp_timeout_last_ack_s = kTransitory;
    values.tcp_timeout_time_wait_s = kTransitory;
    values.tcp_timeout_close_s = kTransitory;
    values.tcp_timeout_max_retrans_s = kEstablished;
    values.tcp_timeout_unacknowledged_s = kEstablished;
    return values;
}

std::span<const SysctlSpec> known_sysctls() noexcept {
    return kSysctls;
}

std::span<const ConfSpec> known_conf_sysctls() noexcept {
    return kConfSysctls;
}

std::string canonical_sysctl_name(std::string_view name) {
    std::string result(name);
    const std::size_t first = result.find_first_of("./");
    if (first != std::string::npos && result[first] == '/') {
        std::transform(result.begin(), result.end(), result.begin(), [](char c) {
            return c == '/' ? '.' : c == '.' ? '/' : c;
        });
    }
    return result;
}

InterfaceSysctls effective(const ConfSettings& all, const ConfSettings& preset, const ConfSettings& own,
                           bool ip_forward) {
    const auto of_interface = [&](std::optional<std::uint32_t> ConfSettings::*field,
                                  std::uint32_t kernel_default) {
        const auto& mine = own.*field;
        return mine ? *mine : (preset.*field).value_or(kernel_default);
    };
    // Writing conf.all.forwarding (which is ip_forward) sets every interface and the preset of later ones.
    const std::uint32_t forwarding = all.forwarding.value_or(ip_forward ? 1 : 0);
    return {
        .rp_filter = static_cast<std::uint8_t>(
            std::max(all.rp_filter.value_or(0), of_interface(&ConfSettings::rp_filter, 0))),
        .send_redirects =
            all.send_redirects.value_or(1) != 0 || of_interface(&ConfSettings::send_redirects, 1) != 0,
        .forwarding = of_interface(&ConfSettings::forwarding, forwarding) != 0,
    };
}

}  // namespace sluice::ctrlplane::config
