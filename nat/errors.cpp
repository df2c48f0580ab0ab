// SPDX-License-Identifier: BSD-3-Clause
#include "nat/errors.h"

#include <algorithm>

#include "nat/choose.h"
#include "nat/dress.h"

namespace sluice::nat {

namespace {

namespace status = conntrack::status;

/// A redirect would tell an inside host about outside addresses, so it passes untranslated connections only. The
/// kernel also wants nat to have decided; without a nat table nobody decides, and then it does not ask either.
bool may_be_redirected(const conntrack::Connection<net::Ipv4>& connection) noexcept {
    return !connection.has(status::kSrcNat) && !connection.has(status::kDstNat);
}

/// The quoted packet, so that it looks as it did when it arrived here: the other direction's tuple.
conntrack::Translation<net::Ipv4> as_it_arrived(const net::Tuple<net::Ipv4>& tuple) noexcept {
    conntrack::Translation<net::Ipv4> worn;
    worn.source = tuple.source;
    worn.destination = tuple.destination;
    worn.source_port = tuple.source_port;
    worn.destination_port = tuple.destination_port;
    return worn;
}

/// How many bytes behind the quoted IP header must be there to be rewritten; protocols without ports need none.
std::size_t least_quoted(std::uint8_t protocol) noexcept {
    switch (protocol) {
        case net::kProtocolTcp:
        case net::kProtocolUdp:
        case net::kProtocolUdpLite:
        case net::kProtocolSctp:
        case net::kProtocolIcmp:
            return 8;
        default:
            return 0;
    }
}

}  // namespace

bool translate_error(std::span<std::byte> packet, std::size_t l4_offset,
                     const conntrack::Connection<net::Ipv4>& connection, conntrack::Way way,
                     End end) noexcept {
    auto& ip = *reinterpret_cast<net::Ipv4Header*>(packet.data());
    const std::span<std::byte> message = packet.subspan(l4_offset);
    auto& icmp = *reinterpret_cast<net::IcmpHeader*>(message.data());
    const bool whole = packet.size() >= ip.total_length.host();
    if (whole && net::folded(net::sum_of(message.first(ip.total_length.host() - l4_offset))) != 0xffffU) {
        return false;
    }
    if (static_cast<net::IcmpType>(icmp.type) == net::IcmpType::redirect && !may_be_redirected(connection)) {
        return false;
    }
    if (!changes(connection, way, end)) {
        return true;
    }
    const std::span<std::byte> quote = message.subspan(sizeof(net::IcmpHeader));
    const std::size_t quoted_header = reinterpret_cast<net::Ipv4Header*>(quote.data())->header_bytes();
    if (quote.size() < quoted_header + least_quoted(reinterpret_cast<net::Ipv4Header*>(quote.data())->protocol)) {
        return false;
    }
    // all that the quote may change lies in its headers: the outer checksum follows from their sums
    constexpr std::size_t kLongestHeaders = 60 + 20;
    const std::span<std::byte> region = quote.first(std::min(quote.size(), kLongestHeaders));
    const std::uint16_t sum_before = net::folded(net::sum_of(region));
    const net::Tuple<net::Ipv4>& arrived = connection[other(way)].tuple;
    dress_ipv4(quote, quoted_header, as_it_arrived(arrived), bit(opposite(end)));
    const std::uint16_t sum_after = net::folded(net::sum_of(region));
    if (sum_before != sum_after) {
        net::ChecksumDelta inside;
        inside.replace(base::Be16::from_raw(sum_before), base::Be16::from_raw(sum_after));
        icmp.checksum = inside.applied_to(icmp.checksum);
    }
    dress_ipv4(packet, l4_offset, connection[way].leaves,
               bit(end));  // an error has no ports: the address alone
    return true;
}

}  // namespace sluice::nat
