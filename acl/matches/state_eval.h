// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/match_eval.h"
#include "acl/matches/state.h"

namespace sluice::acl {

template <>
struct Evaluate<StateMatch> {
    static constexpr Depends depends = Depends::connection;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const StateMatch& match, const PacketView<F>& packet) noexcept {
        return answer_of(((match.states & bit(packet.state)) != 0) != match.inverted);
    }
};

}  // namespace sluice::acl
