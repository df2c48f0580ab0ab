// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/conntrack.h"
#include "acl/matches/match_eval.h"

namespace sluice::acl {

/// The pseudo-states come on top of the state: a packet can be ESTABLISHED and SNAT (xt_conntrack.c).
template <>
struct Evaluate<ConntrackMatch> {
    static constexpr Depends depends = Depends::connection;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const ConntrackMatch& match, const PacketView<F>& packet) noexcept {
        const bool among = (match.states & bit(packet.state)) != 0 || (match.snat && packet.snat) ||
                           (match.dnat && packet.dnat);
        return answer_of(among != match.inverted);
    }
};

}  // namespace sluice::acl
