// SPDX-License-Identifier: BSD-3-Clause
#include "nat/choose.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "conntrack/tcp_record.h"
#include "dataplane/base/assertion.h"
#include "nat/jenkins.h"

namespace sluice::nat {

namespace {

using base::Be16;
namespace status = conntrack::status;

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
        case net::kProtocolGre:  // its key
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
    if (tuple.protocol == net::kProtocolGre) {
        return PortClass{1, 65535};
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
    mutable bool has_rival = false;  ///< another worker makes an endpoint-independent mapping of this source

    using Mappings = conntrack::Mappings<F>;

    /// The tuple with the connection's zone, whichever direction that is for: the hash of addresses mixes it in.
    net::Tuple<F> in_zone(net::Tuple<F> tuple) const noexcept {
        tuple.zone |= connection[conntrack::Way::original].tuple.zone;
        return tuple;
    }

    bool is_independent() const noexcept {
        net::Tuple<F> tuple = connection[conntrack::Way::original].tuple;
        return range.independent && end == End::source && tuple.protocol != net::kProtocolGre &&
               port_of(tuple, end) != nullptr;
    }

    /// Makes the tuple this connection's, and its source one that other connections of this source find.
    bool take(const net::Tuple<F>& tuple) const noexcept {
        const net::Tuple<F>& original = connection[conntrack::Way::original].tuple;
        const bool is_new_source = end == End::source && (tuple.source != original.source ||
                                                          tuple.source_port != original.source_port);
        // A port that the rule names is the operator's own choice.
        if (is_new_source && range.served != nullptr && !range.has_ports &&
            range.served->has(tuple.protocol, tuple.source_port)) {
            return false;
        }
        if (!table.reserve_reply(worker, connection, net::reply_of(tuple), now)) {
            return false;
        }
        if (!is_new_source) {
            return true;
        }
        auto manner = static_cast<std::uint8_t>(is_independent() ? conntrack::manner::kIndependent : 0U);
        if (is_independent() && range.open) {
            manner |= conntrack::manner::kFiltering;
        }
        const auto claim = table.mappings().claim(
            worker, {original, connection[conntrack::Way::reply].tuple, manner, range.interface});
        if (claim.result == Mappings::Result::held) {
            if (is_independent() && has_other_mapping(tuple)) {
                table.mappings().release(worker, claim.index);
                has_rival = true;
                return false;
            }
            table.keep_mapping(connection, claim.index);
            return true;
        }
        has_rival = claim.result == Mappings::Result::rival;
        return claim.result == Mappings::Result::unindexed;
    }

    /// The same in the last attempts for a SYN: one that is closing and has had its turn gives way to it
    /// (nf_nat_used_tuple_harder).
    bool take_from_closing(const net::Tuple<F>& tuple) const noexcept {
        if (take(tuple)) {
            return true;
        }
        if (range.holds_ports || tuple.protocol != net::kProtocolTcp ||
            state_of(connection) != conntrack::TcpState::syn_sent) {
            return false;
        }
        const auto found = table.find(net::reply_of(tuple), now);
        if (!found || found.way != conntrack::Way::reply || !has_ended_before(*found.connection)) {
            return false;
        }
        return table.remove(worker, *found.connection) && take(tuple);
    }

    static conntrack::TcpState state_of(const conntrack::Connection<F>& one) noexcept {
        return conntrack::tcp_state_in(one.shared.protocol.load(std::memory_order_relaxed));
    }

    /// True for a closing one with source NAT whose client's numbers lie behind ours: packets of the server that are
    /// still under way are out of our window.
    bool has_ended_before(const conntrack::Connection<F>& old) const noexcept {
        const auto end_of = [](const conntrack::Connection<F>& one) {
            return one[conntrack::Way::original].sent.end.load(std::memory_order_relaxed);
        };
        return state_of(old) >= conntrack::TcpState::time_wait && old.has(status::kSrcNat) &&
               !old.has(status::kFixedTimeout) && static_cast<std::int32_t>(end_of(connection) - end_of(old)) > 0;
    }

    /// Whether another worker has settled an endpoint-independent mapping that would do while this one was sought.
    bool has_other_mapping(const net::Tuple<F>& mine) const noexcept {
        net::Tuple<F> other = mine;
        constexpr auto kJoined =
            static_cast<std::uint8_t>(conntrack::manner::kIndependent | conntrack::manner::kSettled);
        const net::Tuple<F>& original = connection[conntrack::Way::original].tuple;
        return table.mappings().newest(original, [&](const conntrack::Mapping<F>& one) {
            other.source = one.outside;
            other.source_port = one.outside_port;
            return one.has(kJoined) && other != mine && source_in_range(other, range);
        }) != nullptr;
    }

    /// What another connection of this source leaves as, if that is in the range (find_appropriate_src).
    bool find_mapping(net::Tuple<F>& tuple, std::uint8_t manner) const noexcept {
        const auto worn = [&tuple](const conntrack::Mapping<F>& mapping) {
            net::Tuple<F> result = tuple;
            result.source = mapping.outside;
            result.source_port = mapping.outside_port;
            return result;
        };
        const net::Tuple<F>& original = connection[conntrack::Way::original].tuple;
        const auto* mapping = table.mappings().newest(original, [&](const conntrack::Mapping<F>& one) {
            return one.has(manner) && source_in_range(worn(one), range);
        });
        if (mapping == nullptr) {
            return false;
        }
        tuple = worn(*mapping);
        return true;
    }

    /// Tries ports from random starts on. False: none was free; `tuple` holds the last one tried.
    bool take_some_port(net::Tuple<F>& tuple) const noexcept {
        constexpr unsigned kAttempts = 128;
        constexpr unsigned kFewest = 16;
        constexpr unsigned kLastAttempts = kAttempts / 4;
        Be16* port = port_of(tuple, end);
        const bool is_fixed = port == nullptr || (tuple.protocol == net::kProtocolGre &&
                                                  connection.shared.expected_by == conntrack::HelperId::none);
        const auto ports = is_fixed ? std::nullopt : port_class(tuple, *port, end, range);
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
                const bool is_late = attempts - i <= kLastAttempts;
                if (is_late ? take_from_closing(tuple) : take(tuple)) {
                    return true;
                }
                if (has_rival) {
                    return false;
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
        if (is_independent()) {
            return run_independent(tuple);
        }
        const bool keep_if_possible = !range.random && !range.fully_random;
        if (end == End::source && keep_if_possible) {
            net::Tuple<F> other = tuple;
            if (source_in_range(tuple, range)) {
                if (take(tuple)) {
                    return true;
                }
            } else if (find_mapping(other, 0) && take(other)) {
                tuple = other;
                return true;
            }
        }
        return choose(tuple, keep_if_possible);
    }

    /// The same whatever the destination: what this source has, or one that nobody else has. Who cannot have it is
    /// dropped; another mapping would not be endpoint-independent.
    bool run_independent(net::Tuple<F>& tuple) const noexcept {
        constexpr unsigned kTries = 16;
        const net::Tuple<F> before = tuple;
        for (unsigned i = 0; i < kTries; ++i) {
            has_rival = false;
            tuple = before;
            if (find_mapping(tuple, static_cast<std::uint8_t>(conntrack::manner::kIndependent |
                                                              conntrack::manner::kSettled))) {
                if (take(tuple)) {
                    return true;
                }
            } else if (choose(tuple, !range.random && !range.fully_random)) {
                return true;
            }
            if (!has_rival) {
                return false;
            }
        }
        return false;
    }

    /// An address of the range, and a port that is free.
    bool choose(net::Tuple<F>& tuple, bool keep_if_possible) const noexcept {
        if (range.has_address) {
            (end == End::source ? tuple.source : tuple.destination) = address_for(in_zone(tuple), range);
        }
        if (keep_if_possible && !range.has_ports) {
            if (take(tuple)) {
                return true;
            }
        } else if (keep_if_possible && !range.port_offset && port_in_range(tuple, end, range)) {
            // a range of one port is taken as it is: a search could find nothing else
            const bool is_taken = take(tuple);
            if (is_taken || range.min_port == range.max_port) {
                return is_taken;
            }
        }
        return !has_rival && take_some_port(tuple);
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
