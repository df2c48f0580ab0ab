// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/connlabel.h"
#include "acl/matches/match_eval.h"
#include "conntrack/labels.h"

namespace sluice::acl {

/// Who has no labels, because there is no connection or because it began before any rule spoke of them, has
/// not this one and cannot get it. See: xt_connlabel.c.
///
/// Every asking is put to a packet once, those that set nothing too: so what a remembered path has set before it failed
/// cannot answer the same packet on the long way.
template <>
struct Evaluate<ConnlabelMatch> {
    static constexpr Depends depends = Depends::history;
    static constexpr std::uint8_t protocol = 0;
    static constexpr bool reads_labels = true;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const ConnlabelMatch& match, const PacketView<F>& packet) noexcept {
        if (packet.labels == nullptr) {
            return answer_of(match.inverted);
        }
        const bool has = packet.labels->has(match.label);
        if (!has && match.sets) {
            packet.labels->set(match.label);
            packet.connection->note(conntrack::event::kLabel);
        }
        return answer_of((has || match.sets) != match.inverted);
    }
};

}  // namespace sluice::acl
