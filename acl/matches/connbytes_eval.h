// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/connbytes.h"
#include "acl/matches/match_eval.h"
#include "conntrack/account.h"

namespace sluice::acl {

/// A connection that is not counted, because it began before anybody asked, does not match, negated or not.
/// See: xt_connbytes.c.
template <>
struct Evaluate<ConnbytesMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = 0;
    static constexpr bool reads_account = true;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const ConnbytesMatch& match, const PacketView<F>& packet) noexcept {
        if (packet.account == nullptr) {
            return Answer::no;
        }
        base::PacketCount count;
        if (match.direction != ConnbytesMatch::Direction::reply) {
            count += (*packet.account)[conntrack::Way::original];
        }
        if (match.direction != ConnbytesMatch::Direction::original) {
            count += (*packet.account)[conntrack::Way::reply];
        }
        std::uint64_t value = count.packets;
        if (match.mode == ConnbytesMatch::Mode::bytes) {
            value = count.bytes;
        } else if (match.mode == ConnbytesMatch::Mode::avgpkt) {
            value = count.packets == 0 ? 0 : count.bytes / count.packets;
        }
        return answer_of(match.min <= match.max ? match.min <= value && value <= match.max
                                                : value < match.max || value > match.min);
    }
};

}  // namespace sluice::acl
