// SPDX-License-Identifier: BSD-3-Clause
#include "nat/choose.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include "dataplane/base/assertion.h"

namespace sluice::nat {

namespace {

using base::Be16;
namespace status = conntrack::status;

/// The last step of Bob Jenkins' lookup3.
std::uint32_t final_mix(std::uint32_t a, std::uint32_t b, std::uint32_t c) noexcept {
    c ^= b;
    c -= std::rotl(b, 14);
    a ^= c;
    a -= std::rotl(c, 11);
    b ^= a;
    b -= std::rotl(a, 25);
    c ^= b;
    c -= std::rotl(b, 16);
    a ^= c;
    a -= std::rotl(c, 4);
    b ^= a;
    b -= std::rotl(a, 14);
    c ^= b;
    c -= std::rotl(b, 24);
    return c;
}

/// lookup3 over words: the kernel's jhash2.
template <std::size_t Words>
std::uint32_t jenkins(const std::array<std::uint32_t, Words>& words, std::uint32_t seed) noexcept {
    const std::uint32_t start = 0xdeadbeefU + (static_cast<std::uint32_t>(Words) << 2U) + seed;
    std::uint32_t a = start;
    std::uint32_t b = start;
    std::uint32_t c = start;
    std::size_t i = 0;
    for (; Words - i > 3; i += 3) {
        a += words[i];
        b += words[i + 1];
        c += words[i + 2];
        a -= c;
        a ^= std::rotl(c, 4);
        c += b;
        b -= a;
        b ^= std::rotl(a, 6);
        a += c;
        c -= b;
        c ^= std::rotl(b, 8);
        b += a;
        a -= c;
        a ^= std::rotl(c, 16);
        c += b;
        b -= a;
        b ^= std::rotl(a, 19);
        a += c;
        c -= b;
        c ^= std::rotl(b, 4);
        b += a;
    }
    a += words[i];
    b += Words - i > 1 ? words[i + 1] : 0;
    c += Words - i > 2 ? words[i + 2] : 0;
    return final_mix(a, b, c);
}

template <net::Family F>
using AddressWords = std::array<std::uint32_t, sizeof(typename F::Address) / 4>;

template <net::Family F>
AddressWords<F> words_of(const typename F::Address& address) noexcept {
    AddressWords<F> words{};
    std::memcpy(words.data(), &address, sizeof(address));
    return words;
}

constexpr std::uint32_t host_order(std::uint32_t raw) noexcept {
    return base::Be32::from_raw(raw).host();
}

/// What of a tuple a port range bounds and a search changes; nullptr: this protocol has no such thing.
template <net::Family F>
Be16* port_of(net::Tuple<F>& tuple, End end) noexcept {
    switch (tuple.protocol) {
        case F::kIcmpProtocol:
            return &tuple.source_port;  // the id is the same for both ends
        case net::kProtocolTcp:
        case net::kProtocolUdp:
        case net::kProtocolUdpLite:
        case net::kProtocolSctp:
            return end == End::source ? &tuple.source_port : &tuple.destination_port;
        default:
            return nullptr;
    }
}

template <net::Family F>
bool port_in_range(net::Tuple<F> tuple, End end, const Range<F>& range) noexcept {
    const Be16* port = port_of(tuple, end);
    return port == nullptr || (*port >= range.min_port && *port <= range.max_port);
}

template <net::Family F>
bool source_in_range(const net::Tuple<F>& tuple, const Range<F>& range) noexcept {
    if (range.has_address && (tuple.source < range.min_address || tuple.source > range.max_address)) {
        return false;
    }
    return !range.has_ports || port_in_range(tuple, End::source, range);
}

struct PortClass {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
};

/// Where to look for a port; nothing: it must stay.
template <net::Family F>
std::optional<PortClass> port_class(const net::Tuple<F>& tuple, Be16 port, End end,
                                    const Range<F>& range) noexcept {
    if (range.has_ports) {
        std::uint32_t low = range.min_port.host();
        std::uint32_t high = range.max_port.host();
        if (high < low) {
            std::swap(low, high);
        }
        return PortClass{low, high - low + 1};
    }
    if (tuple.protocol == F::kIcmpProtocol) {
        return PortClass{0, 65536};
    }
    if (end == End::destination) {
        return std::nullopt;
    }
    if (port.host() < 512) {
        return PortClass{1, 511};
    }
    return port.host() < 1024 ? PortClass{600, 424} : PortClass{1024, 64512};
}

/// One search for one connection. Its steps are get_unique_tuple's.
template <net::Family F>
struct Search {
    conntrack::Table<F>& table;
    base::WorkerId worker;
    conntrack::Connection<F>& connection;
    End end;
    const Range<F>& range;
    base::Random& random;
    conntrack::Ticks now;

    /// The tuple with the connection's zone, whichever direction that is for: the hash of addresses mixes it in.
    net::Tuple<F> in_zone(net::Tuple<F> tuple) const noexcept {
        tuple.zone |= connection[conntrack::Way::original].tuple.zone;
        return tuple;
    }

    bool take(const net::Tuple<F>& tuple) const noexcept {
        return table.reserve_reply(worker, connection, net::reply_of(tuple), now);
    }

    /// Tries ports from random starts on. False: none was free; `tuple` holds the last one tried.
    bool take_some_port(net::Tuple<F>& tuple) const noexcept {
        constexpr unsigned kAttempts = 128;
        constexpr unsigned kFewest = 16;
        Be16* port = port_of(tuple, end);
        const auto ports = port == nullptr ? std::nullopt : port_class(tuple, *port, end, range);
        if (!ports) {
            return false;
        }
        // A source starts anywhere; a destination at the range's first port, unless the rule asks for chance.
        std::uint16_t offset = 0;
        if (range.port_offset) {
            offset = static_cast<std::uint16_t>(port->host() - range.base_port.host());
        } else if (range.random || range.fully_random || end == End::source) {
            offset = static_cast<std::uint16_t>(random.next());
        }
        for (unsigned attempts = std::min(ports->count, kAttempts);; attempts /= 2) {
            for (unsigned i = 0; i < attempts; ++i, ++offset) {
                *port = Be16::from_host(static_cast<std::uint16_t>(ports->first + offset % ports->count));
                if (take(tuple)) {
                    return true;
                }
            }
            if (attempts >= ports->count || attempts < kFewest) {
                return false;
            }
            offset = static_cast<std::uint16_t>(random.next());
        }
    }

    /// The tuple that packets of the original direction leave with; reserved where the result says so.
    bool run(net::Tuple<F>& tuple) const noexcept {
        const bool keep_if_possible = !range.random && !range.fully_random;
        if (end == End::source && keep_if_possible && source_in_range(tuple, range) && take(tuple)) {
            return true;
        }
        if (range.has_address) {
            (end == End::source ? tuple.source : tuple.destination) = address_for(in_zone(tuple), range);
        }
        if (keep_if_possible && !range.has_ports) {
            if (take(tuple)) {
                return true;
            }
        } else if (keep_if_possible && !range.port_offset && port_in_range(tuple, end, range)) {
            // a range of one port is taken as it is: a search could find nothing else
            if (take(tuple) || range.min_port == range.max_port) {
                return (connection[conntrack::Way::reply].tuple == net::reply_of(tuple)) &&
                       connection.has(conntrack::status::kReplyReserved);
            }
        }
        return take_some_port(tuple);
    }
};

}  // namespace

template <net::Family F>
typename F::Address address_for(const net::Tuple<F>& tuple, const Range<F>& range) noexcept {
    if (range.min_address == range.max_address) {
        return range.min_address;
    }
    const auto source = words_of<F>(tuple.source);
    const auto destination = words_of<F>(tuple.destination);
    const auto low = words_of<F>(range.min_address);
    const auto high = words_of<F>(range.max_address);
    std::array<std::uint32_t, 4>
        hashed{};  // the kernel hashes the room of an IPv6 address, whatever the family
    std::copy(source.begin(), source.end(), hashed.begin());
    std::uint32_t hash = jenkins(hashed, range.persistent ? 0U : destination.back() ^ tuple.zone);
    AddressWords<F> chosen{};
    bool below_highest =
        false;  // a word is bounded by the range only while all words before it are at its end
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        const std::uint32_t first = below_highest ? 0 : host_order(low[i]);
        const std::uint32_t count = below_highest ? ~std::uint32_t{0} : host_order(high[i]) - first + 1;
        const auto share = static_cast<std::uint32_t>((std::uint64_t{hash} * count) >> 32U);
        chosen[i] = host_order(first + share);
        below_highest = below_highest || chosen[i] != high[i];
        if (!range.persistent) {
            hash ^= destination[i];
        }
    }
    typename F::Address address;
    std::memcpy(static_cast<void*>(&address), chosen.data(), sizeof(address));
    return address;
}

template <net::Family F>
bool bind(conntrack::Table<F>& table, base::WorkerId worker, conntrack::Connection<F>& connection, End end,
          const Range<F>& range, base::Random& random, conntrack::Ticks now) noexcept {
    SLUICE_ASSERT(!connection.is_confirmed() && !is_bound(connection, end));
    const net::Tuple<F> before = net::reply_of(connection[conntrack::Way::reply].tuple);
    net::Tuple<F> after = before;
    const Search<F> search{table, worker, connection, end, range, random, now};
    const bool reserved = search.run(after);
    if (!reserved && connection[conntrack::Way::reply].tuple != net::reply_of(after)) {
        table.set_reply(connection, net::reply_of(after));
    }
    const bool source = end == End::source;
    if (after != before) {
        connection.set(source ? status::kSrcNat : status::kDstNat);
    }
    connection.set(source ? status::kSrcNatDone : status::kDstNatDone);
    auto& original = connection[conntrack::Way::original];
    auto& reply = connection[conntrack::Way::reply];
    original.leaves = conntrack::translation_between(original.tuple, reply.tuple);
    reply.leaves = conntrack::translation_between(reply.tuple, original.tuple);
    return reserved || end == End::destination;
}

template <net::Family F>
bool bind_to_nothing(conntrack::Table<F>& table, base::WorkerId worker, conntrack::Connection<F>& connection,
                     End end, base::Random& random, conntrack::Ticks now) noexcept {
    const net::Tuple<F>& reply = connection[conntrack::Way::reply].tuple;
    Range<F> range;
    range.has_address = true;
    range.min_address = end == End::source ? reply.destination : reply.source;
    range.max_address = range.min_address;
    return bind(table, worker, connection, end, range, random, now);
}

template bool bind(conntrack::Table<net::Ipv4>&, base::WorkerId, conntrack::Connection<net::Ipv4>&, End,
                   const Range<net::Ipv4>&, base::Random&, conntrack::Ticks) noexcept;
template bool bind_to_nothing(conntrack::Table<net::Ipv4>&, base::WorkerId, conntrack::Connection<net::Ipv4>&,
                              End, base::Random&, conntrack::Ticks) noexcept;
template net::Ipv4Address address_for(const net::Tuple<net::Ipv4>&, const Range<net::Ipv4>&) noexcept;

}  // namespace sluice::nat
