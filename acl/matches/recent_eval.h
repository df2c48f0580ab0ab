// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>

#include "acl/keyed/bindings.h"
#include "acl/matches/match_eval.h"
#include "acl/matches/recent.h"

namespace sluice::acl {

/// `recent` with the list that it asks.
struct RecentQuestion {
    keyed::RecentList::Question question;
    bool is_destination = false;
    net::Ipv4Address mask;
    keyed::RecentList* list = nullptr;
};

template <>
struct Evaluate<RecentMatch> {
    template <class Use>
    static void parts(const RecentMatch& match, Use&& use) {
        use(RecentQuestion{match.question, match.is_destination, match.mask, nullptr});
    }
    static void require(const RecentMatch& match, keyed::Bindings& bindings) {
        bindings.require_recent(match.name, match.question.hits);
    }
    static void bind(const RecentMatch& match, RecentQuestion& part, keyed::Bindings& bindings) {
        part.list = &bindings.recent(match.name);
    }
};

template <>
struct Evaluate<RecentQuestion> {
    static constexpr Depends depends = Depends::history;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const RecentQuestion& held, const PacketView<F>& packet) noexcept {
        static_assert(std::same_as<F, net::Ipv4>, "IPv6 addresses are two words: to come with IPv6 rules");
        const net::Ipv4Address address = held.is_destination ? packet.destination : packet.source;
        const std::array<std::uint64_t, 1> key = {address.host() & held.mask.host()};
        // What is forwarded is asked for the TTL that it came with, where the rules see what it will leave with.
        const bool is_forwarded = packet.in != base::kNoInterface && packet.out != base::kNoInterface;
        const auto ttl = static_cast<std::uint8_t>(packet.ttl + (is_forwarded ? 1 : 0));
        return answer_of(held.list->ask(held.question, key, ttl, packet.now_ns));
    }
};

}  // namespace sluice::acl
