// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/neighbors/arp_frames.h"

#include <algorithm>
#include <cstring>

#include "dataplane/net/headers.h"
#include "dataplane/route/arp.h"
#include "dataplane/route/connected.h"

namespace sluice::ctrlplane {

namespace {

template <class Header>
void append(std::vector<std::byte>& bytes, const Header& header) {
    const std::size_t at = bytes.size();
    bytes.resize(at + sizeof(Header));
    std::memcpy(bytes.data() + at, &header, sizeof(Header));
}

ArpFrame request(const ArpLink& link, net::MacAddress to, net::Ipv4Address sender, net::Ipv4Address target) {
    ArpFrame frame{link.interface, {}};
    if (link.vlan != 0) {
        append(frame.bytes, net::EthernetHeader{to, link.mac, net::Be16::from_host(net::kEtherTypeVlan)});
        append(frame.bytes,
               net::VlanTag{net::Be16::from_host(link.vlan), net::Be16::from_host(net::kEtherTypeArp)});
    } else {
        append(frame.bytes, net::EthernetHeader{to, link.mac, net::Be16::from_host(net::kEtherTypeArp)});
    }
    append(frame.bytes, net::ArpPacket{net::Be16::from_host(1), net::Be16::from_host(net::kEtherTypeIpv4), 6,
                                       4, net::Be16::from_host(route::kArpRequest), link.mac, sender,
                                       net::MacAddress{}, target});
    return frame;
}

}  // namespace

ArpFrame arp_question(std::span<const ArpLink> links, const Solicitation<net::Ipv4>& question) {
    const auto link = std::find_if(links.begin(), links.end(),
                                   [&](const ArpLink& l) { return l.interface == question.interface; });
    if (link == links.end()) {
        return {question.interface, {}};
    }
    std::vector<route::LinkAddresses> addresses;
    for (const ArpLink& each : links) {
        addresses.push_back({each.interface, each.addresses});
    }
    const net::Ipv4Address sender =
        route::source_for(addresses, question.interface, question.target).value_or(net::Ipv4Address{});
    return request(*link, question.to.value_or(net::MacAddress::broadcast()), sender, question.target);
}

std::vector<ArpFrame> arp_announcements(std::span<const ArpLink> links) {
    std::vector<ArpFrame> frames;
    for (const ArpLink& link : links) {
        for (const net::Ipv4Prefix& own : link.addresses) {
            frames.push_back(request(link, net::MacAddress::broadcast(), own.address, own.address));
        }
    }
    return frames;
}

}  // namespace sluice::ctrlplane
