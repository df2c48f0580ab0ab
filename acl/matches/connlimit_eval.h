// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <optional>

#include "acl/keyed/bindings.h"
#include "acl/keyed/counted_tuple.h"
#include "acl/matches/connlimit.h"
#include "acl/matches/match_eval.h"
#include "conntrack/packet.h"

namespace sluice::acl {

/// `connlimit` with the counts of its rule.
struct ConnlimitQuestion {
    std::uint32_t limit = 0;
    bool is_upto = false;
    bool is_destination = false;
    std::uint8_t bits = 32;
    keyed::ConnectionCounts* counts = nullptr;
};

template <>
struct Evaluate<ConnlimitMatch> {
    template <class Use>
    static void parts(const ConnlimitMatch& match, Use&& use) {
        use(ConnlimitQuestion{match.limit, match.is_upto, match.is_destination, match.bits, nullptr});
    }
    static void require(const ConnlimitMatch&, keyed::Bindings&) {}
    static void bind(const ConnlimitMatch& match, ConnlimitQuestion& part, keyed::Bindings& bindings) {
        part.counts = &bindings.counts(match.bits);
    }
};

template <>
struct Evaluate<ConnlimitQuestion> {
    static constexpr Depends depends = Depends::history;
    static constexpr bool reads_tracking = true;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const ConnlimitQuestion& held, const PacketView<F>& packet) noexcept {
        const auto& address = held.is_destination ? packet.destination : packet.source;
        const std::uint64_t group = keyed::group_of<F>(address, held.bits);
        const conntrack::Connection<F>* connection = packet.connection;
        std::uint32_t count = 0;
        if (connection != nullptr) {
            // Who is not an end of it, and tells of an error, is not found again when it ends.
            const bool is_between = keyed::is_between<F>(group, *connection, held.bits);
            count = held.counts->ask(group, keyed::words_of<F>(*connection),
                                     [&] { return is_between && keyed::is_live(*connection); });
        } else if (const auto tuple = tuple_of(packet)) {
            // tracked by nobody, counts for itself alone, unless it looks like a connection that is counted
            count = held.counts->ask(group, keyed::words_of<F>(*tuple), [] { return false; });
        }
        return count == 0 ? Answer::drop : answer_of((count > held.limit) != held.is_upto);
    }

private:
    /// What conntrack would look for; nothing: the packet shows no more than a piece of that.
    template <net::Family F>
    [[nodiscard]] static std::optional<net::Tuple<F>> tuple_of(const PacketView<F>& packet) noexcept {
        static_assert(std::same_as<F, net::Ipv4>, "IPv6 has extension headers: to come with IPv6 rules");
        constexpr std::size_t kWord = 4;
        const std::size_t header =
            packet.packet.empty() ? 0 : (static_cast<std::size_t>(packet.packet[0]) & 0xfU) * kWord;
        if (header < sizeof(net::Ipv4Header) || header > packet.packet.size() || fragment_offset(packet) != 0) {
            return std::nullopt;
        }
        return conntrack::tuple_of<F>(packet.source, packet.destination,
                                      {.protocol = packet.protocol, .bytes = packet.packet.subspan(header)});
    }
};

}  // namespace sluice::acl
