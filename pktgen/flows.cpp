// SPDX-License-Identifier: BSD-3-Clause
#include "pktgen/flows.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "dataplane/net/checksum.h"

namespace sluice::pktgen {

namespace {

constexpr std::size_t kCheckSequence = 4;
constexpr std::size_t kSmallest = 64;
constexpr std::size_t kIpAt = sizeof(net::EthernetHeader);
constexpr std::size_t kL4At = kIpAt + sizeof(net::Ipv4Header);
constexpr net::MacAddress kFrom{{0x02, 0x00, 0x00, 0x00, 0x00, 0x02}};

/// Hosts of a network: without its own address and its broadcast, where it has such.
std::uint64_t hosts_of(const net::Ipv4Prefix& prefix) noexcept {
    const std::uint64_t all = std::uint64_t{1} << (32U - prefix.length);
    return all > 2 ? all - 2 : all;
}

net::Ipv4Address host_of(const net::Ipv4Prefix& prefix, std::uint64_t number) noexcept {
    const std::uint32_t network = prefix.address.host() & net::ipv4_mask(prefix.length);
    const std::uint32_t first = prefix.length < 31 ? 1 : 0;
    return net::Ipv4Address::from_host(network + first + static_cast<std::uint32_t>(number));
}

template <class Header>
Header& at(std::span<std::byte> frame, std::size_t offset) noexcept {
    return *reinterpret_cast<Header*>(frame.data() + offset);
}

/// Where an address stands among the hosts of a network; nothing where it is none of them.
std::optional<std::uint64_t> place_in(const net::Ipv4Prefix& prefix, net::Ipv4Address address) noexcept {
    const std::uint64_t place = std::uint64_t{address.host()} - host_of(prefix, 0).host();
    return prefix.contains(address) && place < hosts_of(prefix) ? std::optional(place) : std::nullopt;
}

}  // namespace

std::uint64_t FlowRange::source_count() const noexcept {
    const std::uint64_t hosts = hosts_of(sources);
    return place_in(sources, spared) && hosts > 1 ? hosts - 1 : hosts;
}

std::uint64_t FlowRange::size() const noexcept {
    return source_count() * (65536U - first_port) * hosts_of(destinations);
}

Flow FlowRange::at(std::uint64_t number) const noexcept {
    const std::uint64_t hosts = source_count();
    const std::uint64_t ports = 65536U - first_port;
    const std::uint64_t others = hosts_of(destinations);
    // Sources turn fastest, then ports; the destination moves on with each flow, so that prefixes are spread.
    const std::uint64_t turn = number / hosts;
    const std::uint64_t round = turn / ports;
    const std::uint64_t host = number % hosts;
    const bool is_behind_spared = hosts != hosts_of(sources) && host >= *place_in(sources, spared);
    return {host_of(sources, host + (is_behind_spared ? 1 : 0)),
            host_of(destinations, (number + round) % others),
            net::Be16::from_host(static_cast<std::uint16_t>(first_port + turn % ports)),
            net::Be16::from_host(destination_port)};
}

FrameTemplate::FrameTemplate(std::size_t wire_bytes, std::uint8_t protocol)
    : frame_(std::max(wire_bytes, kSmallest) - kCheckSequence), protocol_(protocol) {
    const std::span<std::byte> frame(frame_);
    auto& ethernet = at<net::EthernetHeader>(frame, 0);
    ethernet.source = kFrom;
    ethernet.type = net::Be16::from_host(0x0800);
    auto& ip = at<net::Ipv4Header>(frame, kIpAt);
    ip.version_ihl = 0x45;
    ip.total_length = net::Be16::from_host(static_cast<std::uint16_t>(frame_.size() - kIpAt));
    ip.ttl = 64;
    ip.protocol = protocol;
    if (protocol == net::kProtocolTcp) {
        auto& tcp = at<net::TcpHeader>(frame, kL4At);
        tcp.data_offset = 0x50;
        tcp.window = net::Be16::from_host(0xffff);
        // The padding of small frames is no data: the packet ends with its header.
        if (frame_.size() < kSmallest) {
            ip.total_length = net::Be16::from_host(sizeof(net::Ipv4Header) + sizeof(net::TcpHeader));
        }
    } else {
        at<net::UdpHeader>(frame, kL4At).length =
            net::Be16::from_host(static_cast<std::uint16_t>(frame_.size() - kL4At));
    }
}

void FrameTemplate::write(std::span<std::byte> into, const Flow& flow, net::MacAddress to, std::uint8_t tcp_flags,
                          std::uint32_t sequence, std::uint32_t acknowledgement) const noexcept {
    std::memcpy(into.data(), frame_.data(), frame_.size());
    at<net::EthernetHeader>(into, 0).destination = to;
    auto& ip = at<net::Ipv4Header>(into, kIpAt);
    ip.source = flow.source;
    ip.destination = flow.destination;
    net::set_header_checksum(ip);
    const std::size_t l4_bytes = ip.total_length.host() - sizeof ip;
    const std::span<std::byte> l4 = into.subspan(kL4At, l4_bytes);
    const net::Sum pseudo = net::pseudo_header_sum(ip.source, ip.destination, protocol_,
                                                   static_cast<std::uint16_t>(l4_bytes));
    if (protocol_ == net::kProtocolTcp) {
        auto& tcp = at<net::TcpHeader>(l4, 0);
        tcp.source_port = flow.source_port;
        tcp.destination_port = flow.destination_port;
        tcp.sequence = net::Be32::from_host(sequence);
        tcp.acknowledgement = net::Be32::from_host(acknowledgement);
        tcp.flags = tcp_flags;
        tcp.checksum = net::checksum_from(net::sum_of(l4, pseudo));
    } else {
        auto& udp = at<net::UdpHeader>(l4, 0);
        udp.source_port = flow.source_port;
        udp.destination_port = flow.destination_port;
        udp.checksum = net::checksum_from(net::sum_of(l4, pseudo));
    }
}

Flow flow_of(std::span<const std::byte> frame) noexcept {
    const auto& ip = *reinterpret_cast<const net::Ipv4Header*>(frame.data() + kIpAt);
    const auto& ports = *reinterpret_cast<const net::UdpHeader*>(frame.data() + kL4At);
    return {ip.source, ip.destination, ports.source_port, ports.destination_port};
}

}  // namespace sluice::pktgen
