// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/match_eval.h"
#include "acl/matches/connmark.h"

namespace sluice::acl {

/// Asked of each packet: any packet of the connection may change the mark. Without a connection it does not hold,
/// negated or not.
template <>
struct Evaluate<ConnmarkMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const ConnmarkMatch& match, const PacketView<F>& packet) noexcept {
        return answer_of(packet.connection != nullptr &&
                         ((packet.connection_mark & match.mask) == match.value) != match.inverted);
    }
};

}  // namespace sluice::acl
