// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstdint>

#include "acl/keyed/connection_counts.h"
#include "conntrack/connection.h"
#include "conntrack/tcp_record.h"
#include "dataplane/net/headers.h"

/// Connections as ConnectionCounts knows them.
namespace sluice::acl::keyed {

template <net::Family F>
[[nodiscard]] ConnectionCounts::TupleWords words_of(const net::Tuple<F>& original) noexcept {
    static_assert(std::same_as<F, net::Ipv4>, "IPv6 tuples have more words: to come with IPv6 rules");
    return std::bit_cast<ConnectionCounts::TupleWords>(original);
}
template <net::Family F>
[[nodiscard]] ConnectionCounts::TupleWords words_of(const conntrack::Connection<F>& connection) noexcept {
    return words_of<F>(connection[conntrack::Way::original].tuple);
}

/// The group of an address: the address under a prefix length, and the length.
template <net::Family F>
[[nodiscard]] std::uint64_t group_of(const typename F::Address& address, std::uint8_t bits) noexcept {
    static_assert(std::same_as<F, net::Ipv4>, "IPv6 addresses are two words: to come with IPv6 rules");
    return address.host() & net::ipv4_mask(bits);
}

/// The addresses that packets of a connection wear on one side or the other.
template <net::Family F>
[[nodiscard]] std::array<typename F::Address, 4> ends_of(const conntrack::Connection<F>& connection) noexcept {
    using conntrack::Way;
    return {connection[Way::original].tuple.source, connection[Way::original].tuple.destination,
            connection[Way::reply].tuple.source, connection[Way::reply].tuple.destination};
}

/// True where the group is one of them.
template <net::Family F>
[[nodiscard]] bool is_between(std::uint64_t group, const conntrack::Connection<F>& connection,
                              std::uint8_t bits) noexcept {
    const auto ends = ends_of(connection);
    return std::any_of(ends.begin(), ends.end(),
                       [&](const auto& address) { return group_of<F>(address, bits) == group; });
}

/// False for what is on its way out of the table, and for what TCP has closed (nf_conncount.c, already_closed).
template <net::Family F>
[[nodiscard]] bool is_live(const conntrack::Connection<F>& connection) noexcept {
    using conntrack::TcpState;
    if (connection.has(conntrack::status::kDying) ||
        connection.shared.life.load(std::memory_order_relaxed) == conntrack::Life::dead) {
        return false;
    }
    if (connection.protocol() != net::kProtocolTcp) {
        return true;
    }
    const TcpState state =
        conntrack::tcp_state_in(connection.shared.protocol.load(std::memory_order_relaxed));
    return state != TcpState::time_wait && state != TcpState::close;
}

}  // namespace sluice::acl::keyed
