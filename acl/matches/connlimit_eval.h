// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstring>

#include "acl/keyed/bindings.h"
#include "acl/keyed/counted_tuple.h"
#include "acl/matches/connlimit.h"
#include "acl/matches/match_eval.h"
#include "conntrack/tcp_record.h"

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
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const ConnlimitQuestion& held, const PacketView<F>& packet) noexcept {
        const auto& address = held.is_destination ? packet.destination : packet.source;
        const std::uint64_t group = keyed::group_of<F>(address, held.bits);
        const conntrack::Connection<F>* connection = packet.connection;
        const std::uint32_t count =
            connection != nullptr
                ? held.counts->ask(group, keyed::words_of<F>(*connection), [&] { return keyed::is_live(*connection); })
                : held.counts->count(group) + 1;  // tracked by nobody: counts for itself alone
        return count == 0 ? Answer::drop : answer_of((count > held.limit) != held.is_upto);
    }
};

}  // namespace sluice::acl
