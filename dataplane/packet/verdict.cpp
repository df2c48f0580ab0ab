// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/packet/verdict.h"

namespace sluice::packet {

namespace {

struct Row {
    Verdict verdict;
    std::string_view name;
    std::string_view help;
};

constexpr std::array<Row, kVerdicts> kRows = {{
    {Verdict::accept, "accept", "forwarded or sent"},
    {Verdict::to_host, "to_host", "for the router itself"},
    {Verdict::deferred, "deferred", "waited for the packet of its burst that opened its connection"},
    {Verdict::held, "held", "waits for a neighbour or for other fragments"},
    {Verdict::redirected, "redirected", "a shorter way was told to the sender"},
    {Verdict::consumed, "consumed", "dealt with by the router itself"},
    {Verdict::not_ip, "not_ip", "neither IPv4 nor ARP"},
    {Verdict::short_frame, "short_frame", "frame shorter than the headers it announces"},
    {Verdict::bad_arp, "bad_arp", "ARP packet of wrong form"},
    {Verdict::foreign_mac, "foreign_mac", "unicast frame to another station"},
    {Verdict::unknown_vlan, "unknown_vlan", "802.1Q tag without a sub-interface"},
    {Verdict::bad_version, "bad_version", "IP version is not 4"},
    {Verdict::bad_header_length, "bad_header_length", "IP header length below 20 or beyond the packet"},
    {Verdict::bad_total_length, "bad_total_length", "IP total length below the header's or beyond the frame"},
    {Verdict::bad_header_checksum, "bad_header_checksum", "IP header checksum wrong"},
    {Verdict::group_frame, "group_frame", "unicast packet in a broadcast or multicast frame"},
    {Verdict::bad_options, "bad_options", "malformed IP options"},
    {Verdict::source_route_refused, "source_route_refused", "IP source route option"},
    {Verdict::martian_source, "martian_source", "source address that no host may use here"},
    {Verdict::martian_destination, "martian_destination", "destination address that is not routable"},
    {Verdict::reverse_path, "reverse_path", "source not reached through the arriving interface (rp_filter)"},
    {Verdict::forwarding_disabled, "forwarding_disabled", "forwarding is off for the interface"},
    {Verdict::broadcast_not_forwarded, "broadcast_not_forwarded", "directed broadcast"},
    {Verdict::multicast_not_forwarded, "multicast_not_forwarded", "multicast"},
    {Verdict::no_route, "no_route", "no route to the destination"},
    {Verdict::route_unreachable, "route_unreachable", "route of type unreachable"},
    {Verdict::route_prohibited, "route_prohibited", "route of type prohibit"},
    {Verdict::route_blackhole, "route_blackhole", "route of type blackhole"},
    {Verdict::ttl_exceeded, "ttl_exceeded", "TTL used up"},
    {Verdict::fragmentation_needed, "fragmentation_needed", "larger than the MTU with DF set"},
    {Verdict::neighbor_failed, "neighbor_failed", "next hop does not answer ARP"},
    {Verdict::neighbor_queue_full, "neighbor_queue_full", "too many packets wait for ARP"},
    {Verdict::fragment_overlap, "fragment_overlap", "fragments overlap"},
    {Verdict::fragment_timeout, "fragment_timeout", "datagram not complete in time"},
    {Verdict::fragment_limit, "fragment_limit", "too many fragments wait"},
    {Verdict::fragment_too_long, "fragment_too_long", "fragments reach beyond 65535 bytes"},
    {Verdict::fragment_duplicate, "fragment_duplicate", "fragment that was there already"},
    {Verdict::connection_table_full, "connection_table_full", "nf_conntrack_max reached"},
    {Verdict::connection_clash, "connection_clash", "another packet made the same connection first"},
    {Verdict::connection_refused, "connection_refused", "refused by the connection tracker"},
    {Verdict::nat_exhausted, "nat_exhausted", "no free address and port for the translation"},
    {Verdict::nat_interface_changed, "nat_interface_changed", "masqueraded connection would leave elsewhere"},
    {Verdict::nat_error_refused, "nat_error_refused", "ICMP error that must not be translated"},
    {Verdict::helper_refused, "helper_refused", "a helper could not follow what it read, or had no room to expect it"},
    {Verdict::untranslated_invalid, "untranslated_invalid", "INVALID, and would leave untranslated (strict)"},
    {Verdict::dropped_by_rule, "dropped_by_rule", "DROP by a rule or policy"},
    {Verdict::rejected_net_unreachable, "rejected_net_unreachable", "REJECT with icmp-net-unreachable"},
    {Verdict::rejected_host_unreachable, "rejected_host_unreachable", "REJECT with icmp-host-unreachable"},
    {Verdict::rejected_proto_unreachable, "rejected_proto_unreachable", "REJECT with icmp-proto-unreachable"},
    {Verdict::rejected_port_unreachable, "rejected_port_unreachable", "REJECT with icmp-port-unreachable"},
    {Verdict::rejected_net_prohibited, "rejected_net_prohibited", "REJECT with icmp-net-prohibited"},
    {Verdict::rejected_host_prohibited, "rejected_host_prohibited", "REJECT with icmp-host-prohibited"},
    {Verdict::rejected_admin_prohibited, "rejected_admin_prohibited", "REJECT with icmp-admin-prohibited"},
    {Verdict::rejected_tcp_reset, "rejected_tcp_reset", "REJECT with tcp-reset"},
    {Verdict::echo_ignored, "echo_ignored", "echo request ignored by sysctl"},
    {Verdict::no_local_protocol, "no_local_protocol", "protocol that the router does not speak"},
    {Verdict::no_local_udp_port, "no_local_udp_port", "UDP to a closed port of the router"},
    {Verdict::no_local_tcp_port, "no_local_tcp_port", "TCP to a closed port of the router"},
    {Verdict::local_bad_checksum, "local_bad_checksum", "for the router, with a wrong L4 checksum"},
    {Verdict::local_ignored, "local_ignored", "for the router, and nothing to answer"},
    {Verdict::no_packet_memory, "no_packet_memory", "packet pool empty"},
    {Verdict::device_queue_full, "device_queue_full", "transmit queue of the device full"},
    {Verdict::worker_queue_full, "worker_queue_full", "ring to the worker that owns the queue full"},
    {Verdict::device_down, "device_down", "interface is down"},
}};

constexpr std::array<VerdictText, kVerdicts> made_table() {
    std::array<VerdictText, kVerdicts> table;
    for (const Row& row : kRows) {
        table[static_cast<std::size_t>(row.verdict)] = {row.name, row.help, answer_of(row.verdict)};
    }
    return table;
}

constexpr std::array<VerdictText, kVerdicts> kTable = made_table();

constexpr bool every_verdict_has_text() {
    for (const VerdictText& text : kTable) {
        if (text.name.empty() || text.help.empty()) {
            return false;
        }
    }
    return true;
}
static_assert(every_verdict_has_text());

}  // namespace

const VerdictText& text_of(Verdict verdict) noexcept { return kTable[static_cast<std::size_t>(verdict)]; }

}  // namespace sluice::packet
