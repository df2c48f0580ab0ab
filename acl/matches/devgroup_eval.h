// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/devgroup.h"
#include "acl/matches/match_eval.h"

namespace sluice::acl {

/// Of interfaces in group 0. See: xt_devgroup.c.
template <>
struct Evaluate<DevgroupMatch> {
    static constexpr Depends depends = Depends::connection;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const DevgroupMatch& match, const PacketView<F>& /*packet*/) noexcept {
        const auto holds = [](const DevgroupMatch::Side& side) {
            return !side.is_asked || ((side.group.value & side.group.mask) == 0) != side.inverted;
        };
        return answer_of(holds(match.in) && holds(match.out));
    }
};

}  // namespace sluice::acl
