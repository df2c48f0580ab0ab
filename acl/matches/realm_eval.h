// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/match_eval.h"
#include "acl/matches/realm.h"

namespace sluice::acl {

/// Of realm 0, as every route is. See: xt_realm.c.
template <>
struct Evaluate<RealmMatch> {
    static constexpr Depends depends = Depends::connection;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const RealmMatch& match, const PacketView<F>& /*packet*/) noexcept {
        return answer_of((match.realm.value == 0) != match.inverted);
    }
};

}  // namespace sluice::acl
