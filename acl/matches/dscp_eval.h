// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/dscp.h"
#include "acl/matches/match_eval.h"

namespace sluice::acl {

template <>
struct Evaluate<DscpMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const DscpMatch& match, const PacketView<F>& packet) noexcept {
        constexpr unsigned kEcnBits = 2;
        return answer_of((unsigned{packet.tos} >> kEcnBits == match.dscp) != match.inverted);
    }
};

}  // namespace sluice::acl
