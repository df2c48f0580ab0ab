// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "acl/matches/match_eval.h"
#include "acl/packet_view.h"
#include "acl/sets/directions.h"
#include "acl/sets/set.h"

/// What a packet shows of itself to a set. See: ip_set_get_ip_port and the `kadt` of each type in Linux.
namespace sluice::acl::sets {

/// A name as hash:net,iface compares it: zeros behind it.
using InterfaceName = std::array<char, 16>;
/// Names by InterfaceId.
using InterfaceNames = std::span<const InterfaceName>;

template <net::Family F>
inline constexpr std::uint8_t kAddressBits = sizeof(typename F::Address) * 8;

/// The port of a packet with its protocol, type and code for ICMP. False where the packet has none to show.
template <net::Family F>
[[nodiscard]] inline bool show_port(const SetType& type, bool is_destination, const PacketView<F>& packet,
                                    Element& element) noexcept {
    const std::uint8_t protocol = packet.protocol;
    const bool has_ports = protocol == net::kProtocolTcp || protocol == net::kProtocolUdp ||
                           protocol == net::kProtocolSctp || protocol == net::kProtocolUdpLite;
    const bool is_icmp = protocol == F::kIcmpProtocol;
    if (protocol == 0 || ((has_ports || is_icmp) && !packet.has_l4)) {
        return false;
    }
    if (has_ports) {
        element.port = (is_destination ? packet.destination_port : packet.source_port).host();
    } else if (is_icmp) {
        element.port = static_cast<std::uint16_t>(packet.icmp_type << 8U | packet.icmp_code);
    }
    if (type.method == Method::bitmap) {
        return protocol == net::kProtocolTcp || protocol == net::kProtocolUdp;  // and the protocol is not compared
    }
    element.protocol = protocol;
    return true;
}

template <net::Family F>
[[nodiscard]] inline bool show_interface(bool is_destination, const PacketView<F>& packet, InterfaceNames names,
                                         Element& element) noexcept {
    const base::InterfaceId id = is_destination ? packet.out : packet.in;
    if (id == base::kNoInterface || base::index_of(id) >= names.size()) {
        return false;
    }
    element.iface = names[base::index_of(id)];
    return element.iface[0] != '\0';
}

/// In: an empty element. Returns: false where the packet lacks what the set asks for, or the directions are too few.
template <net::Family F>
[[nodiscard]] inline bool show(const SetOptions& options, const Directions& directions, InterfaceNames names,
                               const PacketView<F>& packet, Element& element) noexcept {
    const SetType& type = *options.type;
    const bool has_family = type.has(Dimension::ip) || type.has(Dimension::net);
    if (has_family && options.ipv6 != (kAddressBits<F> == 128)) {
        return false;
    }
    for (std::size_t i = 0; i < type.dimensions.size() && type.dimensions[i] != Dimension::none; ++i) {
        if (i >= directions.count) {
            return false;
        }
        const bool is_destination = directions.is_destination[i];
        const auto address = SetAddress::of(is_destination ? packet.destination : packet.source);
        switch (type.dimensions[i]) {
            case Dimension::ip:
            case Dimension::net:
                (i == 0 ? element.address : element.second) = address;
                (i == 0 ? element.length : element.second_length) = kAddressBits<F>;
                break;
            case Dimension::port:
                if (!show_port(type, is_destination, packet, element)) {
                    return false;
                }
                break;
            case Dimension::mark: element.mark = packet.mark; break;
            case Dimension::mac:
                element.mac = is_destination ? packet.destination_mac : packet.source_mac;
                element.has_mac = true;
                if (element.mac == net::MacAddress{}) {
                    return false;  // made by the router: there is no frame
                }
                break;
            case Dimension::iface:
                if (!show_interface(is_destination, packet, names, element)) {
                    return false;
                }
                break;
            case Dimension::name:
            case Dimension::none: return false;
        }
    }
    return true;
}

}  // namespace sluice::acl::sets
