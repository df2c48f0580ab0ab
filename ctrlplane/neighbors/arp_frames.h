// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ctrlplane/neighbors/neighbors.h"
#include "dataplane/net/address.h"

/// The ARP frames that the control thread sends (RFC 826), as bytes from the Ethernet header on, 802.1Q tag
/// included.
namespace sluice::ctrlplane {

/// An interface as ARP sees it.
struct ArpLink {
    base::InterfaceId interface = base::kNoInterface;
    net::MacAddress mac;
    std::uint16_t vlan = 0;  ///< 0: untagged
    std::vector<net::Ipv4Prefix> addresses;
};

struct ArpFrame {
    base::InterfaceId interface = base::kNoInterface;
    std::vector<std::byte> bytes;
};

/// The question of the state machine. Its sender is the router's address in the target's network, else the
/// interface's first, else any other (arp_announce 0). No bytes where the interface is not among the links.
[[nodiscard]] ArpFrame arp_question(std::span<const ArpLink> links, const Solicitation<net::Ipv4>& question);

/// Gratuitous ARP for every address: after a start, or when an address came, so that neighbours and switches
/// learn the MAC (as the kernel's arp_notify: requests).
[[nodiscard]] std::vector<ArpFrame> arp_announcements(std::span<const ArpLink> links);

}  // namespace sluice::ctrlplane
