// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/helper.h"
#include "acl/matches/match_eval.h"

namespace sluice::acl {

/// No helpers are built, so no connection was expected by one: only a negated match holds, also of a packet
/// without a connection. See: xt_helper.c.
template <>
struct Evaluate<HelperMatch> {
    static constexpr Depends depends = Depends::connection;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const HelperMatch& match, const PacketView<F>& /*packet*/) noexcept {
        return answer_of(match.inverted);
    }
};

}  // namespace sluice::acl
