// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/match_eval.h"
#include "acl/matches/policy.h"

namespace sluice::acl {

/// No packet has a policy, whatever its elements would be: only "none" holds. See: xt_policy.c.
template <>
struct Evaluate<PolicyMatch> {
    static constexpr Depends depends = Depends::connection;
    static constexpr std::uint8_t protocol = 0;
    static constexpr bool is_large = true;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const PolicyMatch& match, const PacketView<F>& /*packet*/) noexcept {
        return answer_of(match.is_none);
    }
};

}  // namespace sluice::acl
