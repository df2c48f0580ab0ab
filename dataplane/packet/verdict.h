// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "dataplane/net/headers.h"

namespace sluice::packet {

/// What becomes of a packet: one byte, and one value a reason to drop. The reason is the verdict, so no stage
/// holds counter code and no drop lacks a reason.
enum class Verdict : std::uint8_t {
    accept,
    to_host,
    deferred,    ///< comes again after this burst: another packet of it opens the same connection
    held,        ///< waits for a neighbour or for its other fragments
    redirected,  ///< a copy of a packet that was forwarded, for the ICMP redirect about it
    consumed,    ///< was for the router itself and has been dealt with

    // L2 and L3 that nobody wants (FWD-5, FWD-7, FWD-11)
    not_ip,
    short_frame,
    bad_arp,
    foreign_mac,
    unknown_vlan,
    bad_version,
    bad_header_length,
    bad_total_length,
    bad_header_checksum,
    group_frame,
    bad_options,
    source_route_refused,

    // routing (FWD-2 to FWD-10)
    martian_source,
    martian_destination,
    reverse_path,
    forwarding_disabled,
    broadcast_not_forwarded,
    multicast_not_forwarded,
    no_route,
    route_unreachable,
    route_prohibited,
    route_blackhole,
    ttl_exceeded,
    fragmentation_needed,
    neighbor_failed,
    neighbor_queue_full,

    // fragments
    fragment_overlap,
    fragment_timeout,
    fragment_limit,
    fragment_too_long,
    fragment_duplicate,

    // connections and rules
    connection_table_full,
    connection_clash,
    connection_refused,  ///< the tracker says drop
    nat_exhausted,
    nat_interface_changed,
    nat_error_refused,
    helper_refused,
    untranslated_invalid,
    dropped_by_rule,
    rejected_net_unreachable,
    rejected_host_unreachable,
    rejected_proto_unreachable,
    rejected_port_unreachable,
    rejected_net_prohibited,
    rejected_host_prohibited,
    rejected_admin_prohibited,
    rejected_tcp_reset,

    // the router itself
    echo_ignored,
    no_local_protocol,
    no_local_udp_port,
    no_local_tcp_port,
    local_bad_checksum,
    local_ignored,

    // room
    no_packet_memory,
    device_queue_full,
    worker_queue_full,
    device_down,
};
inline constexpr std::size_t kVerdicts = static_cast<std::size_t>(Verdict::device_down) + 1;

/// How a drop is answered towards the sender.
struct Answer {
    enum class Kind : std::uint8_t { none, icmp_error, tcp_reset };
    Kind kind = Kind::none;
    net::IcmpType type = net::IcmpType::destination_unreachable;
    std::uint8_t code = 0;
};

/// Name (of metrics and stats), help, and the answer.
struct VerdictText {
    std::string_view name;
    std::string_view help;
    Answer answer;
};

/// The table of all verdicts, indexed by their number.
[[nodiscard]] const VerdictText& text_of(Verdict verdict) noexcept;

/// The answer alone; constexpr table in the header of the packet path.
[[nodiscard]] constexpr Answer answer_of(Verdict verdict) noexcept {
    using Kind = Answer::Kind;
    using enum net::IcmpType;
    switch (verdict) {
        case Verdict::redirected:
            return {Kind::icmp_error, redirect, 1};  // with info.next_hop as the gateway
        case Verdict::ttl_exceeded:
            return {Kind::icmp_error, time_exceeded, 0};
        case Verdict::fragment_timeout:
            return {Kind::icmp_error, time_exceeded, 1};
        case Verdict::bad_options:
            return {Kind::icmp_error, parameter_problem, 0};
        case Verdict::no_route:
        case Verdict::rejected_net_unreachable:
            return {Kind::icmp_error, destination_unreachable, 0};
        case Verdict::route_unreachable:
        case Verdict::neighbor_failed:
        case Verdict::rejected_host_unreachable:
            return {Kind::icmp_error, destination_unreachable, 1};
        case Verdict::no_local_protocol:
        case Verdict::rejected_proto_unreachable:
            return {Kind::icmp_error, destination_unreachable, 2};
        case Verdict::no_local_udp_port:
        case Verdict::rejected_port_unreachable:
            return {Kind::icmp_error, destination_unreachable, 3};
        case Verdict::fragmentation_needed:
            return {Kind::icmp_error, destination_unreachable, 4};
        case Verdict::rejected_net_prohibited:
            return {Kind::icmp_error, destination_unreachable, 9};
        case Verdict::rejected_host_prohibited:
            return {Kind::icmp_error, destination_unreachable, 10};
        case Verdict::route_prohibited:
        case Verdict::rejected_admin_prohibited:
            return {Kind::icmp_error, destination_unreachable, 13};
        case Verdict::no_local_tcp_port:
        case Verdict::rejected_tcp_reset:
            return {Kind::tcp_reset, destination_unreachable, 0};
        default:
            return {};
    }
}

/// True for every verdict that ends in a freed packet and a drop counter.
[[nodiscard]] constexpr bool is_drop(Verdict verdict) noexcept {
    return verdict > Verdict::consumed;
}

}  // namespace sluice::packet
