// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/net/checksum.h"
#include "dataplane/net/headers.h"
#include "dataplane/net/tuple.h"

/// What tracking needs to know of a packet, as plain values: addresses, protocol and the bytes behind the IP
/// header.
namespace sluice::conntrack {

/// What is known of the L4 checksum. `unchecked` is as good as `good`: locally made packets, or hooks other
/// than PREROUTING, or nf_conntrack_checksum=0.
enum class L4Checksum : std::uint8_t { unchecked, good, bad };

/// The payload of an IP packet that is whole (defragmented).
struct L4View {
    std::uint8_t protocol = 0;
    L4Checksum checksum = L4Checksum::unchecked;
    std::uint32_t total_bytes = 0;     ///< from the L4 header to the end of the IP packet
    std::span<const std::byte> bytes;  ///< as much of that as lies in one piece; headers should
    std::uint32_t ip_bytes = 0;        ///< the whole IP packet: what is counted

    /// The header at the start; nullptr: not all of it is there.
    template <class Header>
    [[nodiscard]] const Header* header() const noexcept {
        return bytes.size() < sizeof(Header) ? nullptr : reinterpret_cast<const Header*>(bytes.data());
    }
};

/// Whether TCP's, UDP's or ICMP's checksum is right; true where the protocol has none that we know, or for
/// UDP without one (udp_error, tcp_error, icmp_error). Needs all of the payload in `view.bytes`.
[[nodiscard]] inline bool l4_checksum_is_good(net::Ipv4Address source, net::Ipv4Address destination,
                                              const L4View& view) noexcept {
    net::Sum sum = 0;
    switch (view.protocol) {
        case net::kProtocolIcmp:
            break;
        case net::kProtocolUdp: {
            const auto* udp = view.header<net::UdpHeader>();
            if (udp != nullptr && udp->checksum.raw() == 0) {
                return true;
            }
            [[fallthrough]];
        }
        case net::kProtocolTcp:
            sum = net::pseudo_header_sum(source, destination, view.protocol,
                                         static_cast<std::uint32_t>(view.bytes.size()));
            break;
        default:
            return true;
    }
    return net::folded(net::sum_of(view.bytes, sum)) == 0xffffU;
}

/// The tuple of a packet; nothing where its header is cut off or of no kind: such a packet is INVALID.
///
/// As nf_ct_get_tuple: TCP, UDP, UDP-Lite and SCTP have ports, ICMP its id, type and code; GRE version 1
/// (PPTP) has its call id as destination, if it is there; all others have zeros (DCCP too, since Linux 6.16).
template <net::Family F>
[[nodiscard]] std::optional<net::Tuple<F>> tuple_of(const typename F::Address& source,
                                                    const typename F::Address& destination,
                                                    const L4View& view, std::uint16_t zone = 0) noexcept {
    net::Tuple<F> tuple{};
    tuple.zone = zone;
    tuple.source = source;
    tuple.destination = destination;
    tuple.protocol = view.protocol;
    struct Ports {
        base::Be16 source;
        base::Be16 destination;
    };
    struct Gre {
        std::uint8_t flags;
        std::uint8_t version;
        base::Be16 protocol;
        base::Be16 payload_length;
        base::Be16 call_id;
    };
    switch (view.protocol) {
        case net::kProtocolTcp:
        case net::kProtocolUdp:
        case net::kProtocolUdpLite:
        case net::kProtocolSctp: {
            const auto* ports = view.header<Ports>();
            if (ports == nullptr) {
                return std::nullopt;
            }
            tuple.source_port = ports->source;
            tuple.destination_port = ports->destination;
            return tuple;
        }
        case F::kIcmpProtocol: {
            const auto* icmp = view.header<net::IcmpHeader>();
            if (icmp == nullptr) {
                return std::nullopt;
            }
            tuple.source_port = icmp->id;
            tuple.destination_port =
                base::Be16::from_host(static_cast<std::uint16_t>(icmp->type << 8U | icmp->code));
            return tuple;
        }
        case net::kProtocolGre: {
            constexpr std::uint16_t kPpp = 0x880b;
            if (view.bytes.size() < 4 || (std::to_integer<unsigned>(view.bytes[1]) & 7U) != 1) {
                return tuple;
            }
            const auto* gre = view.header<Gre>();
            if (gre == nullptr) {
                return tuple;
            }
            if (gre->protocol.host() != kPpp) {
                return std::nullopt;
            }
            tuple.destination_port = gre->call_id;
            return tuple;
        }
        default:
            return tuple;
    }
}

/// The tuple of an IPv4 packet whose header has been found sound.
[[nodiscard]] inline std::optional<net::Tuple<net::Ipv4>> tuple_of(const net::Ipv4Header& header,
                                                                   const L4View& view) noexcept {
    return tuple_of<net::Ipv4>(header.source, header.destination, view);
}

}  // namespace sluice::conntrack
