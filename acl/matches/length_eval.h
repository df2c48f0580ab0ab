// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/length.h"
#include "acl/matches/match_eval.h"

namespace sluice::acl {

template <>
struct Evaluate<LengthMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const LengthMatch& match, const PacketView<F>& packet) noexcept {
        return answer_of((packet.bytes >= match.min && packet.bytes <= match.max) != match.inverted);
    }
};

}  // namespace sluice::acl
