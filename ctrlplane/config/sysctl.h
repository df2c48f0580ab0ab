// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::ctrlplane::config {

/// Timers count 10 ms in 32 bits and compare over 248 days.
inline constexpr std::uint32_t kLongestTimeout_s = 21'000'000;

/// The kernel's settings that Sluice honours and that belong to no interface, with the kernel's defaults but
/// for `ip_forward`: a router forwards.
///
/// Units: as the name ends; the kernel's own name is in `known_sysctls`.
struct Sysctls {
    std::uint32_t conntrack_max = 262'144;  ///< connections; sizes the table at start
    std::uint32_t expect_max = 4096;        ///< what helpers expect; sizes its table at start
    std::uint32_t generic_timeout_s = 600;
    std::uint32_t icmp_timeout_s = 30;
    std::uint32_t udp_timeout_s = 30;
    std::uint32_t udp_timeout_stream_s = 120;
    std::uint32_t tcp_timeout_syn_sent_s = 120;
    std::uint32_t tcp_timeout_syn_recv_s = 60;
    std::uint32_t tcp_timeout_established_s = 432'000;
    std::uint32_t tcp_timeout_fin_wait_s = 120;
    std::uint32_t tcp_timeout_close_wait_s = 60;
    std::uint32_t tcp_timeout_last_ack_s = 30;
    std::uint32_t tcp_timeout_time_wait_s = 120;
    std::uint32_t tcp_timeout_close_s = 10;
    std::uint32_t conntrack_acct = 0;  ///< 1: packets and bytes of connections are counted
    std::uint32_t conntrack_events = 2;     ///< 1: what happens to connections is told; 2: to those that begin while somebody listens
    std::uint32_t conntrack_timestamp = 0;  ///< 1: when connections began is shown
    std::uint32_t tcp_timeout_max_retrans_s = 300;
    std::uint32_t tcp_timeout_unacknowledged_s = 300;
    std::uint32_t sctp_timeout_closed_s = 10;
    std::uint32_t sctp_timeout_cookie_wait_s = 3;
    std::uint32_t sctp_timeout_cookie_echoed_s = 3;
    std::uint32_t sctp_timeout_established_s = 210;
    std::uint32_t sctp_timeout_shutdown_sent_s = 3;
    std::uint32_t sctp_timeout_shutdown_recd_s = 3;
    std::uint32_t sctp_timeout_shutdown_ack_sent_s = 3;
    std::uint32_t sctp_timeout_heartbeat_sent_s = 30;
    std::uint32_t gre_timeout_s = 30;
    std::uint32_t gre_timeout_stream_s = 180;
    std::uint32_t tcp_loose = 1;               ///< 1: a connection may be picked up in the middle
    std::uint32_t tcp_be_liberal = 0;          ///< 1: a segment out of window is not INVALID
    std::uint32_t tcp_ignore_invalid_rst = 0;  ///< 1: nor is a RST with a number that is too low
    std::uint32_t tcp_max_retrans = 3;         ///< so many repeats bring tcp_timeout_max_retrans
    std::uint32_t conntrack_checksum = 1;      ///< 1: what arrives with a wrong L4 checksum is INVALID

    std::uint32_t ip_forward = 1;  ///< 0: packets for others are dropped
    std::uint32_t ip_default_ttl = 64;
    std::uint32_t icmp_ratelimit_ms = 1000;  ///< between two errors to one host; 0: no limit
    std::uint32_t icmp_ratemask = 6168;      ///< bit n: type n is limited
    std::uint32_t icmp_msgs_per_sec = 1000;  ///< for all hosts together
    std::uint32_t icmp_msgs_burst = 50;
    std::uint32_t icmp_echo_ignore_all = 0;
    std::uint32_t icmp_echo_ignore_broadcasts = 1;
    std::uint32_t icmp_errors_use_inbound_ifaddr = 0;
    std::uint32_t ipfrag_time_s = 30;
    std::uint32_t ipfrag_high_thresh_bytes = 4'194'304;

    bool operator==(const Sysctls&) const = default;
};

/// What holds for one interface, `conf.all` and `conf.NAME` combined as the kernel does it.
struct InterfaceSysctls {
    std::uint8_t rp_filter = 0;  ///< 0 off, 1 strict, 2 loose: the larger of the two
    bool send_redirects = true;  ///< either of the two
    bool forwarding = true;      ///< packets that come in here may go on: that of the interface
    bool operator==(const InterfaceSysctls&) const = default;
};

/// `net.ipv4.conf.SCOPE.*` as written; what is absent was not.
struct ConfSettings {
    std::optional<std::uint32_t> rp_filter;
    std::optional<std::uint32_t> send_redirects;
    std::optional<std::uint32_t> forwarding;
    bool operator==(const ConfSettings&) const = default;
};

/// The kernel's combination of `conf.all`, `conf.default` (what an interface starts with) and `conf.NAME`.
/// See: IN_DEV_RPFILTER, IN_DEV_TX_REDIRECTS, IN_DEV_FORWARD in the kernel's include/linux/inetdevice.h;
/// Documentation/networking/ip-sysctl.rst.
[[nodiscard]] InterfaceSysctls effective(const ConfSettings& all, const ConfSettings& preset,
                                         const ConfSettings& own, bool ip_forward);

/// One setting that has a name of its own. Where `field` is null, only values from `low` to `high` are
/// accepted because they are what Sluice does anyway, and `reason` says so.
struct SysctlSpec {
    std::string_view name;
    std::uint32_t kernel_default;
    std::uint32_t low;
    std::uint32_t high;
    std::uint32_t Sysctls::*field = nullptr;
    std::string_view reason = "not built yet";
};

/// One setting of `net.ipv4.conf.SCOPE.`; the same rules, from 0 on. `conf.all` may have a bound of its own:
/// with `conf.all.accept_source_route` at 0, what an interface says has no effect.
struct ConfSpec {
    std::string_view name;
    std::uint32_t kernel_default;  ///< of `conf.default`
    std::uint32_t high;
    std::uint32_t high_of_all;
    std::optional<std::uint32_t> ConfSettings::*field = nullptr;
    std::string_view reason = "not built yet";
};

[[nodiscard]] std::span<const SysctlSpec> known_sysctls() noexcept;
/// The defaults with the timeouts that RFC 4787, 5382, 5508 and 7857 ask for where those of the kernel are shorter.
[[nodiscard]] Sysctls with_rfc_timeouts() noexcept;
[[nodiscard]] std::span<const ConfSpec> known_conf_sysctls() noexcept;

/// A name as sysctl(8) takes it, with dots between the parts; a dot inside a part is a slash, as in
/// `net.ipv4.conf.wan/100.rp_filter`. Where slashes come first (`net/ipv4/...`) the two change places.
[[nodiscard]] std::string canonical_sysctl_name(std::string_view name);

}  // namespace sluice::ctrlplane::config
