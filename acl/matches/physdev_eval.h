// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/match_eval.h"
#include "acl/matches/physdev.h"

namespace sluice::acl {

/// Without a bridge the kernel says yes where every option is negated. See: xt_physdev.c.
template <>
struct Evaluate<PhysdevMatch> {
    static constexpr Depends depends = Depends::connection;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const PhysdevMatch& match, const PacketView<F>& /*packet*/) noexcept {
        return answer_of(match.asked == match.inverted);
    }
};

}  // namespace sluice::acl
