// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/match_eval.h"
#include "acl/matches/owner.h"

namespace sluice::acl {

/// Of a packet without a socket the kernel says yes where every option is negated. See: xt_owner.c.
template <>
struct Evaluate<OwnerMatch> {
    static constexpr Depends depends = Depends::connection;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const OwnerMatch& match, const PacketView<F>& /*packet*/) noexcept {
        return answer_of(match.asked == match.inverted);
    }
};

}  // namespace sluice::acl
