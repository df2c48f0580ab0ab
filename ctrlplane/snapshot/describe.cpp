// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/snapshot/describe.h"

#include "acl/literal/strictness.h"

namespace sluice::ctrlplane {

namespace {

route::RouteType type_of(config::RouteKind kind) {
    switch (kind) {
        case config::RouteKind::unicast: return route::RouteType::unicast;
        case config::RouteKind::blackhole: return route::RouteType::blackhole;
        case config::RouteKind::unreachable: return route::RouteType::unreachable;
        case config::RouteKind::prohibit: return route::RouteType::prohibit;
    }
    return route::RouteType::none;
}

std::vector<net::Ipv4Prefix> addresses_of(const config::CheckedInterface& interface) {
    std::vector<net::Ipv4Prefix> addresses;
    for (const auto& address : interface.addresses) {
        addresses.push_back(address.value);
    }
    return addresses;
}

}  // namespace

std::vector<pipeline::Interface> interfaces_of(const config::CheckedConfig& config,
                                               std::span<const OpenedDevice> devices) {
    std::vector<pipeline::Interface> interfaces;
    for (const config::CheckedInterface& checked : config.interfaces()) {
        const OpenedDevice& opened = devices[base::index_of(checked.id)];
        pipeline::Interface& interface = interfaces.emplace_back();
        interface.id = checked.id;
        interface.name = checked.name;
        interface.device = opened.device;
        interface.vlan = checked.vlan;
        interface.mac = checked.mac ? checked.mac->value : opened.mac;
        interface.mtu = checked.mtu_bytes.value;
        interface.addresses = addresses_of(checked);
        interface.rp_filter = checked.sysctls.rp_filter;
        interface.forwarding = checked.sysctls.forwarding;
        interface.send_redirects = checked.sysctls.send_redirects;
    }
    return interfaces;
}

pipeline::InterfaceMap map_of(std::span<const pipeline::Interface> interfaces) {
    pipeline::InterfaceMap map;
    for (const pipeline::Interface& interface : interfaces) {
        map.add(interface.device, interface.vlan, interface.id);
    }
    return map;
}

base::Result<std::vector<route::Route<net::Ipv4>>> routes_of(const config::CheckedConfig& config) {
    std::vector<route::LinkAddresses> links;
    for (const config::CheckedInterface& interface : config.interfaces()) {
        links.push_back({interface.id, addresses_of(interface)});
    }
    std::vector<route::StaticRoute> routes;
    for (const config::CheckedRoute& checked : config.routes()) {
        route::StaticRoute& route = routes.emplace_back();
        route.to = checked.to;
        route.type = type_of(checked.kind);
        for (const config::CheckedNextHop& hop : checked.hops) {
            // Checked: by a network of the interface, or by a route to the gateway; or that network's address has gone since.
            route.hops.push_back({hop.via, hop.interface, 1, true});
        }
    }
    return route::route_list(links, routes);
}

pipeline::Sysctls sysctls_of(const config::CheckedConfig& config) {
    const config::Sysctls& from = config.sysctls();
    pipeline::Sysctls sysctls;
    sysctls.ip_default_ttl = static_cast<std::uint8_t>(from.ip_default_ttl);
    sysctls.icmp_ratelimit_ms = from.icmp_ratelimit_ms;
    sysctls.icmp_ratemask = from.icmp_ratemask;
    sysctls.icmp_msgs_per_sec = from.icmp_msgs_per_sec;
    sysctls.icmp_msgs_burst = from.icmp_msgs_burst;
    sysctls.icmp_echo_ignore_all = from.icmp_echo_ignore_all != 0;
    sysctls.icmp_echo_ignore_broadcasts = from.icmp_echo_ignore_broadcasts != 0;
    sysctls.icmp_errors_use_inbound_ifaddr = from.icmp_errors_use_inbound_ifaddr != 0;
    sysctls.ipfrag_time_s = from.ipfrag_time_s;
    sysctls.ipfrag_high_thresh_bytes = from.ipfrag_high_thresh_bytes;
    return sysctls;
}

conntrack::Settings tracking_of(const config::CheckedConfig& config, const AskedOfConnections& rules) {
    const config::Sysctls& from = config.sysctls();
    conntrack::Settings settings;
    conntrack::Timeouts& timeouts = settings.timeouts;
    timeouts.generic_timeout = from.generic_timeout_s;
    timeouts.icmp_timeout = from.icmp_timeout_s;
    timeouts.udp_timeout = from.udp_timeout_s;
    timeouts.udp_timeout_stream = from.udp_timeout_stream_s;
    timeouts.tcp_timeout_syn_sent = from.tcp_timeout_syn_sent_s;
    timeouts.tcp_timeout_syn_recv = from.tcp_timeout_syn_recv_s;
    timeouts.tcp_timeout_established = from.tcp_timeout_established_s;
    timeouts.tcp_timeout_fin_wait = from.tcp_timeout_fin_wait_s;
    timeouts.tcp_timeout_close_wait = from.tcp_timeout_close_wait_s;
    timeouts.tcp_timeout_last_ack = from.tcp_timeout_last_ack_s;
    timeouts.tcp_timeout_time_wait = from.tcp_timeout_time_wait_s;
    timeouts.tcp_timeout_close = from.tcp_timeout_close_s;
    timeouts.tcp_timeout_max_retrans = from.tcp_timeout_max_retrans_s;
    timeouts.tcp_timeout_unacknowledged = from.tcp_timeout_unacknowledged_s;
    timeouts.sctp_timeout_closed = from.sctp_timeout_closed_s;
    timeouts.sctp_timeout_cookie_wait = from.sctp_timeout_cookie_wait_s;
    timeouts.sctp_timeout_cookie_echoed = from.sctp_timeout_cookie_echoed_s;
    timeouts.sctp_timeout_established = from.sctp_timeout_established_s;
    timeouts.sctp_timeout_shutdown_sent = from.sctp_timeout_shutdown_sent_s;
    timeouts.sctp_timeout_shutdown_recd = from.sctp_timeout_shutdown_recd_s;
    timeouts.sctp_timeout_shutdown_ack_sent = from.sctp_timeout_shutdown_ack_sent_s;
    timeouts.sctp_timeout_heartbeat_sent = from.sctp_timeout_heartbeat_sent_s;
    timeouts.gre_timeout = from.gre_timeout_s;
    timeouts.gre_timeout_stream = from.gre_timeout_stream_s;
    settings.tcp_be_liberal = from.tcp_be_liberal != 0;
    settings.tcp_ignore_invalid_rst = from.tcp_ignore_invalid_rst != 0;
    settings.tcp_max_retrans = static_cast<std::uint8_t>(from.tcp_max_retrans);
    settings.checksum = from.conntrack_checksum != 0;
    settings.strict = config.tracking().strict;
    settings.holds_ports = config.tracking().rfc_timeouts;
    if (config.tracking().rfc_timeouts) {
        timeouts.tcp_timeout_syn_sent2 = timeouts.tcp_timeout_syn_sent;  // transitory, too; no sysctl has it
    }
    settings.acct = from.conntrack_acct != 0 || rules.accounts;
    settings.events = static_cast<std::uint8_t>(from.conntrack_events);
    settings.labels = rules.labels;
    settings.tcp_loose = from.tcp_loose != 0;
    return settings;
}

void harden(pipeline::Snapshot<net::Ipv4>& snapshot, const acl::Ruleset<net::Ipv4>& rules) {
    for (pipeline::Interface& interface : snapshot.interfaces) {
        interface.hides_sources = acl::literal::translates_sources(rules, interface.name);
    }
    snapshot.served = acl::literal::served_ports(rules);
}

std::vector<std::string> names_of(const config::CheckedConfig& config) {
    std::vector<std::string> names;
    for (const config::CheckedInterface& interface : config.interfaces()) {
        names.push_back(interface.name);
    }
    return names;
}

}  // namespace sluice::ctrlplane
