// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/net/headers.h"
#include "dataplane/pipeline/request.h"
#include "dataplane/route/input.h"

/// What an ARP packet asks of the router: Linux's arp_rcv and arp_process, as a pure function (RFC 826).
///
/// A question for any of the router's addresses is answered on any interface (arp_ignore 0), if the asker's
/// address may be a source there; the answer makes the asker a neighbour. A probe (sender 0.0.0.0, RFC 5227)
/// is answered and remembered by nobody. All other packets only renew what is known of their sender, if
/// anything is.
///
/// Stricter than the kernel: a sender whose MAC is zero or a group's is nobody's neighbour (ARP poisoning).
namespace sluice::route {

inline constexpr std::uint16_t kArpRequest = 1;
inline constexpr std::uint16_t kArpReply = 2;

struct ArpOutcome {
    packet::Verdict verdict = packet::Verdict::consumed;  ///< or bad_arp
    bool answer = false;                                  ///< send a reply
    /// What to tell the control thread about the sender.
    std::optional<pipeline::Request<net::Ipv4>::Kind> tell;
};

/// `is_known`: the table has the sender as a neighbour on this interface. `is_group_frame`: broadcast or
/// multicast.
[[nodiscard]] inline ArpOutcome judged_arp(const net::ArpPacket& arp, const Fib<net::Ipv4>& fib,
                                           const InputLink& in, bool is_known, bool is_group_frame) noexcept {
    using Kind = pipeline::Request<net::Ipv4>::Kind;
    using packet::Verdict;
    const std::uint16_t operation = arp.operation.host();
    const std::uint16_t hardware = arp.hardware_type.host();
    const bool is_ethernet = hardware == 1 || hardware == 6;  // 6: IEEE 802, as the kernel takes it
    if (!is_ethernet || arp.protocol_type.host() != net::kEtherTypeIpv4 || arp.hardware_length != 6 ||
        arp.protocol_length != 4 || (operation != kArpRequest && operation != kArpReply) ||
        arp.target_ip.is_multicast() || arp.target_ip.is_loopback() || arp.sender_mac.is_group() ||
        arp.sender_mac == net::MacAddress{}) {
        return {Verdict::bad_arp, false, std::nullopt};
    }
    const bool is_request = operation == kArpRequest;
    const net::Ipv4Address sender = arp.sender_ip;
    if (sender.is_unspecified()) {
        return {Verdict::consumed, is_request && fib.look_up(arp.target_ip).type == RouteType::local,
                std::nullopt};
    }
    if (is_request) {
        const Ends<net::Ipv4> ends{sender, arp.target_ip, fib.look_up(sender), fib.look_up(arp.target_ip)};
        const InputRoute<net::Ipv4> way = input_route(fib, ends, in, sender, arp.target_ip);
        if (way.verdict == Verdict::to_host && !way.is_broadcast) {
            return {Verdict::consumed, true, Kind::neighbor_asked};
        }
    }
    if (!is_known) {
        return {};
    }
    if (!is_request && !is_group_frame) {
        return {Verdict::consumed, false, Kind::neighbor_replied};
    }
    const bool is_gratuitous = sender == arp.target_ip && (is_request || arp.sender_mac == arp.target_mac) &&
                               fib.look_up(sender).type == RouteType::unicast;
    return {Verdict::consumed, false, is_gratuitous ? Kind::neighbor_announced : Kind::neighbor_seen};
}

/// Turns a request into its answer, in place.
inline void make_reply(net::ArpPacket& arp, net::MacAddress own) noexcept {
    const net::Ipv4Address asked = arp.target_ip;
    arp.hardware_type = net::Be16::from_host(1);
    arp.operation = net::Be16::from_host(kArpReply);
    arp.target_mac = arp.sender_mac;
    arp.target_ip = arp.sender_ip;
    arp.sender_mac = own;
    arp.sender_ip = asked;
}

}  // namespace sluice::route
