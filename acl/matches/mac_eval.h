// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/mac.h"
#include "acl/matches/match_eval.h"

namespace sluice::acl {

/// A connection's packets may come from several neighbours: a guard.
template <>
struct Evaluate<MacMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const MacMatch& match, const PacketView<F>& packet) noexcept {
        return answer_of((packet.source_mac == match.source) != match.inverted);
    }
};

}  // namespace sluice::acl
