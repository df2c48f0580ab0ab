// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "acl/targets/effect.h"
#include "acl/targets/hmark.h"
#include "conntrack/connection.h"
#include "conntrack/icmp_error.h"
#include "dataplane/net/headers.h"

namespace sluice::acl {

/// Bob Jenkins' hash of three words (lookup3.c, final), as the kernel's jhash_3words.
[[nodiscard]] constexpr std::uint32_t jenkins_hash(std::uint32_t a, std::uint32_t b, std::uint32_t c,
                                                   std::uint32_t seed) noexcept {
    constexpr std::uint32_t kStart = 0xdeadbeef + 12;
    seed += kStart;
    a += seed;
    b += seed;
    c += seed;
    const auto stir = [](std::uint32_t& to, std::uint32_t from, int bits) {
        to = (to ^ from) - std::rotl(from, bits);
    };
    stir(c, b, 14);
    stir(a, c, 11);
    stir(b, a, 25);
    stir(c, b, 16);
    stir(a, c, 4);
    stir(b, a, 14);
    stir(c, b, 24);
    return c;
}

/// Both directions of a flow get the same mark: the smaller address comes first, and the larger port. See:
/// xt_HMARK.c.
///
/// The packet's own headers are read as they stand, or those that an ICMP error quotes; with `ct` the ends of
/// its connection before any translation. A port or an SPI that is not there is 0, whatever --hmark-sport
/// says.
template <>
struct Effect<HmarkTarget> {
    static constexpr Touches touches = Touches::view;

    template <net::Family F>
    static Applied apply(const HmarkTarget& target, Subject<F>& subject) noexcept {
        static_assert(std::same_as<F, net::Ipv4>, "IPv6 folds its addresses: to come with IPv6 rules");
        const std::optional<Flow> flow = target.has(Part::connection)
                                             ? flow_of_connection(target, subject.view)
                                             : flow_of_packet(target, subject.view);
        if (flow) {
            subject.view.mark = mark_of(target, *flow);
        }
        return Applied::done;
    }

private:
    using Part = HmarkTarget::Part;

    struct Flow {
        std::uint32_t source = 0;
        std::uint32_t destination = 0;
        std::uint32_t ports = 0;  ///< the larger one in the upper half
        std::uint8_t protocol = 0;
    };

    static std::uint32_t mark_of(const HmarkTarget& target, const Flow& flow) noexcept {
        const std::uint32_t hash =
            jenkins_hash(std::min(flow.source, flow.destination), std::max(flow.source, flow.destination),
                         flow.ports, target.values[Part::random]) ^
            (flow.protocol & target.values[Part::protocol_mask]);
        return static_cast<std::uint32_t>(std::uint64_t{hash} * target.values[Part::modulus] >> 32U) +
               target.values[Part::offset];
    }

    /// In: the two ports side by side, or an SPI.
    static std::uint32_t masked_ports(const HmarkTarget& target, std::uint32_t word) noexcept {
        const auto both = [&](Part spi, Part source, Part destination) {
            return target.values[spi] | target.values[source] << 16U | target.values[destination];
        };
        word &= both(Part::spi_mask, Part::source_port_mask, Part::destination_port_mask);
        word |= both(Part::spi, Part::source_port, Part::destination_port);
        return std::max(word, std::rotl(word, 16));
    }

    static std::uint32_t masked(const HmarkTarget& target, Part prefix, net::Ipv4Address address) noexcept {
        constexpr std::uint32_t kBits = 32;
        const std::uint32_t length = target.values[prefix];
        return length == 0 ? 0 : address.host() & ~std::uint32_t{0} << (kBits - length);
    }

    template <net::Family F>
    static std::optional<Flow> flow_of_connection(const HmarkTarget& target,
                                                  const PacketView<F>& view) noexcept {
        if (view.connection == nullptr) {
            return std::nullopt;
        }
        const net::Tuple<F>& original = (*view.connection)[conntrack::Way::original].tuple;
        const net::Tuple<F>& reply = (*view.connection)[conntrack::Way::reply].tuple;
        Flow flow{masked(target, Part::source_prefix, original.source),
                  masked(target, Part::destination_prefix, reply.source), 0, original.protocol};
        if (original.protocol != F::kIcmpProtocol) {
            flow.ports = masked_ports(
                target, std::uint32_t{original.source_port.host()} << 16U | reply.source_port.host());
        }
        return flow;
    }

    template <class T, net::Family F>
    static std::optional<T> read(const PacketView<F>& view, std::size_t offset) noexcept {
        T value;
        if (offset + sizeof value <= view.packet.size()) {
            std::memcpy(&value, view.packet.data() + offset, sizeof value);
            return value;
        }
        if (view.tail.read == nullptr ||
            !view.tail.read(view.tail.packet, offset, std::as_writable_bytes(std::span(&value, 1)))) {
            return std::nullopt;
        }
        return value;
    }

    template <net::Family F>
    static std::optional<Flow> flow_of_packet(const HmarkTarget& target, const PacketView<F>& view) noexcept {
        using Header = typename F::Header;
        std::size_t begin = 0;
        auto ip = read<Header>(view, 0);
        if (!ip) {
            return std::nullopt;
        }
        if (ip->protocol == F::kIcmpProtocol) {
            const auto icmp = read<net::IcmpHeader>(view, ip->header_bytes());
            if (icmp && conntrack::is_icmp_error(icmp->type)) {
                begin = ip->header_bytes() + sizeof(net::IcmpHeader);
                ip = read<Header>(view, begin);
                if (!ip) {
                    return std::nullopt;
                }
            }
        }
        if (begin == 0) {  // a packet that is only rehearsed has been translated in its view alone
            ip->source = view.source;
            ip->destination = view.destination;
        }
        Flow flow{masked(target, Part::source_prefix, ip->source),
                  masked(target, Part::destination_prefix, ip->destination), 0, ip->protocol};
        const std::optional<std::size_t> ports = ports_offset(ip->protocol);
        if (!ports || ip->is_fragment()) {
            return flow;
        }
        const auto word = read<net::Be32>(view, begin + ip->header_bytes() + *ports);
        if (word) {
            const bool in_view = begin == 0 && view.has_l4 && has_ports(ip->protocol);
            flow.ports = masked_ports(
                target, in_view ? std::uint32_t{view.source_port.host()} << 16U | view.destination_port.host()
                                : word->host());
        }
        return flow;
    }

    static constexpr bool has_ports(std::uint8_t protocol) noexcept {
        return protocol != net::kProtocolEsp && protocol != net::kProtocolAh;
    }
    /// Where the ports or the SPI stand behind the IP header (proto_ports_offset); nothing for other
    /// protocols.
    static constexpr std::optional<std::size_t> ports_offset(std::uint8_t protocol) noexcept {
        switch (protocol) {
            case net::kProtocolTcp:
            case net::kProtocolUdp:
            case net::kProtocolDccp:
            case net::kProtocolEsp:
            case net::kProtocolSctp:
            case net::kProtocolUdpLite:
                return 0;
            case net::kProtocolAh:
                return 4;
            default:
                return std::nullopt;
        }
    }
};

}  // namespace sluice::acl
