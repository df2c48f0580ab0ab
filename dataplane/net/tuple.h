// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <cstring>

#include "dataplane/net/family.h"

namespace sluice::net {

/// A flow key: what identifies one direction of a connection, as nf_conntrack_tuple.
///
/// Ports of TCP, UDP, UDP-Lite, SCTP and DCCP stand as they are. ICMP queries have their id in `source_port` and
/// type and code (type in the high byte) in `destination_port`. Protocols without ports have zeros (GRE: its key).
/// Compare and hash it as bytes: there is no padding.
/// Shape: 16 bytes for IPv4, 40 for IPv6.
template <Family F>
struct Tuple {
    typename F::Address source;
    typename F::Address destination;
    Be16 source_port;
    Be16 destination_port;
    std::uint8_t protocol = 0;
    std::uint8_t reserved = 0;
    std::uint16_t zone = 0;  ///< conntrack zone of its direction

    bool operator==(const Tuple& other) const noexcept { return std::memcmp(this, &other, sizeof(Tuple)) == 0; }
};
static_assert(sizeof(Tuple<Ipv4>) == 16);
static_assert(sizeof(Tuple<Ipv6>) == 40);

/// The other end of an ICMP query type (echo request for reply and so on), or nothing: `type` is not a query.
[[nodiscard]] constexpr int inverse_icmp_query(std::uint8_t type) noexcept {
    switch (static_cast<IcmpType>(type)) {
        case IcmpType::echo_request: return 0;
        case IcmpType::echo_reply: return 8;
        case IcmpType::timestamp_request: return 14;
        case IcmpType::timestamp_reply: return 13;
        case IcmpType::information_request: return 16;
        case IcmpType::information_reply: return 15;
        case IcmpType::address_mask_request: return 18;
        case IcmpType::address_mask_reply: return 17;
        default: return -1;
    }
}

/// The tuple of the packets that come back: a pure function, its own inverse (nf_ct_invert_tuple).
template <Family F>
[[nodiscard]] constexpr Tuple<F> reply_of(const Tuple<F>& tuple) noexcept {
    Tuple<F> reply = tuple;
    reply.source = tuple.destination;
    reply.destination = tuple.source;
    if (tuple.protocol == F::kIcmpProtocol) {
        const std::uint16_t type_code = tuple.destination_port.host();
        const int inverse = inverse_icmp_query(static_cast<std::uint8_t>(type_code >> 8U));
        const auto type = static_cast<unsigned>(inverse < 0 ? type_code >> 8U : inverse);
        reply.destination_port = Be16::from_host(static_cast<std::uint16_t>(type << 8U | (type_code & 0xffU)));
    } else {
        reply.source_port = tuple.destination_port;
        reply.destination_port = tuple.source_port;
    }
    return reply;
}

}  // namespace sluice::net
