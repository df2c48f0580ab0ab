// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/match_eval.h"
#include "acl/matches/pkttype.h"

namespace sluice::acl {

template <>
struct Evaluate<PkttypeMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const PkttypeMatch& match, const PacketView<F>& packet) noexcept {
        return answer_of((packet.frame == match.kind) != match.inverted);
    }
};

}  // namespace sluice::acl
