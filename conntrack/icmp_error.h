// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "conntrack/packet.h"
#include "conntrack/table.h"

/// ICMP errors: which connection does the packet that they quote belong to (nf_conntrack_inet_error).
///
/// A host B, or a router on the way to it, answers a packet A→B with an error to A that quotes it. The quote
/// looks as that packet looked there, so its inverse is the tuple of packets that come from B: the lookup is
/// an ordinary one, and the error goes the way that it finds. It never prolongs or ends the connection
/// (ICMP-5).
namespace sluice::conntrack {

/// Where a quoted packet lies in an ICMP error, as far as it is sound.
struct Quote {
    const net::Ipv4Header* header = nullptr;
    L4View l4;  ///< what is quoted behind the IP header, 8 bytes at least
};

/// Types that quote a packet (icmp_is_err).
[[nodiscard]] constexpr bool is_icmp_error(std::uint8_t type) noexcept {
    switch (static_cast<net::IcmpType>(type)) {
        case net::IcmpType::destination_unreachable:
        case net::IcmpType::source_quench:
        case net::IcmpType::redirect:
        case net::IcmpType::time_exceeded:
        case net::IcmpType::parameter_problem:
            return true;
        default:
            return false;
    }
}

/// The quoted packet, or nothing: too short, a later fragment, or not IPv4.
/// Eight bytes behind the quoted IP header are asked for (ICMP-2), where the kernel is content with the
/// ports.
[[nodiscard]] inline std::optional<Quote> quote_in(const L4View& error) noexcept {
    constexpr std::size_t kQuotedAtLeast = 8;
    if (error.bytes.size() < sizeof(net::IcmpHeader) + sizeof(net::Ipv4Header)) {
        return std::nullopt;
    }
    const auto quoted = error.bytes.subspan(sizeof(net::IcmpHeader));
    Quote quote;
    quote.header = reinterpret_cast<const net::Ipv4Header*>(quoted.data());
    const std::size_t header_bytes = quote.header->header_bytes();
    if (quote.header->version() != 4 || header_bytes < sizeof(net::Ipv4Header) ||
        quoted.size() < header_bytes + kQuotedAtLeast || quote.header->offset_bytes() != 0) {
        return std::nullopt;
    }
    quote.l4.protocol = quote.header->protocol;
    quote.l4.bytes = quoted.subspan(header_bytes);
    quote.l4.total_bytes = static_cast<std::uint32_t>(quote.l4.bytes.size());
    return quote;
}

/// The connection that an ICMP error is about, and the way the error itself goes; nothing: INVALID.
///
/// The packet's CtState is RELATED.
///
/// In: `destination`, the outer header's: where the error goes to must be the end that the quoted packet came
/// from. `zone`: the error's own. `error`: an ICMP message with `is_icmp_error(type)`.
[[nodiscard]] inline Found<net::Ipv4> find_error(const Table<net::Ipv4>& table, net::Ipv4Address destination,
                                                 Zone zone, const L4View& error, Ticks now) noexcept {
    if (error.checksum == L4Checksum::bad) {
        return {};
    }
    const auto quote = quote_in(error);
    if (!quote) {
        return {};
    }
    auto tuple = tuple_of(*quote->header, quote->l4);
    if (!tuple) {
        return {};
    }
    table.complete(*tuple);
    if (tuple->protocol == net::kProtocolIcmp &&
        net::inverse_icmp_query(static_cast<std::uint8_t>(tuple->destination_port.host() >> 8U)) < 0) {
        return {};  // an error about an error
    }
    const Found<net::Ipv4> found = find_in(table, zone, net::reply_of(*tuple), now);
    if (!found || (*found.connection)[found.way].tuple.destination != destination) {
        return {};
    }
    return found;
}

}  // namespace sluice::conntrack
