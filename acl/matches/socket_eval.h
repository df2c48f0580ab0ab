// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/match_eval.h"
#include "acl/matches/socket.h"

namespace sluice::acl {

/// See: xt_socket.c.
template <>
struct Evaluate<SocketMatch> {
    static constexpr Depends depends = Depends::connection;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const SocketMatch& /*match*/, const PacketView<F>& /*packet*/) noexcept {
        return Answer::no;
    }
};

}  // namespace sluice::acl
