// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/match_eval.h"
#include "acl/matches/mark.h"

namespace sluice::acl {

/// Asked of each packet: MARK rules in front of it may depend on the packet.
template <>
struct Evaluate<MarkMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const MarkMatch& match, const PacketView<F>& packet) noexcept {
        return answer_of(((packet.mark & match.mask) == match.value) != match.inverted);
    }
};

}  // namespace sluice::acl
