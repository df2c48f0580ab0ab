// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/match_eval.h"
#include "acl/matches/ttl.h"

namespace sluice::acl {

/// The TTL goes down on the way, so the guard says on which side of that it was asked (Guard::is_behind_ttl).
template <>
struct Evaluate<TtlMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const TtlMatch& match, const PacketView<F>& packet) noexcept {
        switch (match.mode) {
            case TtlMatch::Mode::equal:
                return answer_of(packet.ttl == match.ttl);
            case TtlMatch::Mode::unequal:
                return answer_of(packet.ttl != match.ttl);
            case TtlMatch::Mode::less:
                return answer_of(packet.ttl < match.ttl);
            case TtlMatch::Mode::greater:
                return answer_of(packet.ttl > match.ttl);
            case TtlMatch::Mode::none:
                break;
        }
        return Answer::no;
    }
};

}  // namespace sluice::acl
