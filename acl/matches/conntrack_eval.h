// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>

#include "acl/matches/conntrack.h"
#include "acl/matches/match_eval.h"
#include "conntrack/connection.h"

/// conntrack_mt, option by option: the tuples are the connection's and never change, the status and the remaining
/// time do, so these leave guards, answered on the short way by the connection as it is then.
namespace sluice::acl {

/// `--ctstate`. The pseudo-states come on top of the state: a packet can be ESTABLISHED and SNAT.
struct ConnectionStates {
    std::uint8_t states = 0;
    bool snat = false;
    bool dnat = false;
    bool inverted = false;
};

/// `--ctdir`.
struct ConnectionWay {
    conntrack::Way way{};
};

/// A packet without a connection: every option but `--ctstate` fails, yet the kernel asks none of them where
/// `--ctstate` is among the options.
template <class Option>
struct OfConnection {
    Option option;
    bool holds_without = false;
};

template <>
struct Evaluate<ConntrackMatch> {
    static constexpr std::uint8_t protocol = 0;

    template <class Use>
    static void parts(const ConntrackMatch& match, Use&& use) {
        const bool without = match.asks_state;
        const auto ask = [&]<class Option>(const std::optional<Option>& option) {
            if (option) {
                use(OfConnection<Option>{*option, without});
            }
        };
        if (match.asks_state) {
            use(ConnectionStates{match.states, match.snat, match.dnat, match.inverted});
        }
        if (match.way) {
            use(OfConnection<ConnectionWay>{{*match.way}, without});
        }
        std::for_each(match.addresses.begin(), match.addresses.end(), ask);
        ask(match.protocol);
        std::for_each(match.ports.begin(), match.ports.end(), ask);
        ask(match.status);
        ask(match.expiry);
    }
};

template <>
struct Evaluate<ConnectionStates> {
    static constexpr Depends depends = Depends::connection;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const ConnectionStates& match, const PacketView<F>& packet) noexcept {
        const bool among = (match.states & bit(packet.state)) != 0 || (match.snat && packet.snat) ||
                           (match.dnat && packet.dnat);
        return answer_of(among != match.inverted);
    }
};

namespace detail {

/// The tuple and the half of it that an end is.
constexpr conntrack::Way way_of(ConnectionEnd end) noexcept {
    return end == ConnectionEnd::original_source || end == ConnectionEnd::original_destination
               ? conntrack::Way::original
               : conntrack::Way::reply;
}
constexpr bool is_source(ConnectionEnd end) noexcept {
    return end == ConnectionEnd::original_source || end == ConnectionEnd::reply_source;
}

template <net::Family F>
bool holds(const ConnectionWay& option, const PacketView<F>& packet) noexcept {
    return packet.way == option.way;
}

template <net::Family F>
bool holds(const ConnectionAddress& option, const PacketView<F>& packet) noexcept {
    const net::Tuple<F>& tuple = (*packet.connection)[way_of(option.end)].tuple;
    const std::uint32_t address = (is_source(option.end) ? tuple.source : tuple.destination).host();
    return (((address ^ option.address.host()) & option.mask.host()) == 0) != option.inverted;
}

template <net::Family F>
bool holds(const ConnectionProtocol& option, const PacketView<F>& packet) noexcept {
    return (packet.connection->protocol() == option.number) != option.inverted;
}

template <net::Family F>
bool holds(const ConnectionPorts& option, const PacketView<F>& packet) noexcept {
    const net::Tuple<F>& tuple = (*packet.connection)[way_of(option.end)].tuple;
    const std::uint16_t port = (is_source(option.end) ? tuple.source_port : tuple.destination_port).host();
    return (port >= option.min && port <= option.max) != option.inverted;
}

template <net::Family F>
bool holds(const ConnectionStatus& option, const PacketView<F>& packet) noexcept {
    const std::uint32_t status = packet.connection->shared.status.load(std::memory_order_relaxed);
    return ((status & option.bits) != 0) != option.inverted;
}

/// A connection whose first packet this is has no deadline yet: 0, as the kernel makes it once it has been up for
/// longer than the timeout.
template <net::Family F>
bool holds(const ConnectionExpiry& option, const PacketView<F>& packet) noexcept {
    const conntrack::Connection<F>& connection = *packet.connection;
    const std::int32_t ticks =
        connection.is_confirmed() ? base::ticks_until(connection.deadline(), packet.now) : 0;
    const std::uint32_t seconds = static_cast<std::uint32_t>(std::max(ticks, 0)) / base::kTicksPerSecond;
    return (seconds >= option.min_s && seconds <= option.max_s) != option.inverted;
}

}  // namespace detail

template <class Option>
struct Evaluate<OfConnection<Option>> {
    static constexpr bool changes =
        std::same_as<Option, ConnectionStatus> || std::same_as<Option, ConnectionExpiry>;
    static constexpr Depends depends = changes ? Depends::headers : Depends::connection;
    static constexpr bool reads_tracking = changes;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const OfConnection<Option>& asked, const PacketView<F>& packet) noexcept {
        return answer_of(packet.connection == nullptr ? asked.holds_without
                                                      : detail::holds(asked.option, packet));
    }
};

}  // namespace sluice::acl
