// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/match_eval.h"
#include "acl/matches/tos.h"

namespace sluice::acl {

/// A value with bits outside of its mask holds for no packet.
template <>
struct Evaluate<TosMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const TosMatch& match, const PacketView<F>& packet) noexcept {
        return answer_of(((packet.tos & match.mask) == match.value) != match.inverted);
    }
};

}  // namespace sluice::acl
