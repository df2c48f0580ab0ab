// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstring>

#include "acl/matches/helper.h"
#include "acl/matches/match_eval.h"
#include "conntrack/connection.h"

namespace sluice::acl {

/// Whether the packet's connection was expected by a connection with that helper, or with any. A packet without a
/// connection, or with one that nobody expected, fits a negated match. See: xt_helper.c.
template <>
struct Evaluate<HelperMatch> {
    static constexpr Depends depends = Depends::connection;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const HelperMatch& match, const PacketView<F>& packet) noexcept {
        const auto by = packet.connection == nullptr ? conntrack::HelperId::none : packet.connection->shared.expected_by;
        const bool is = by != conntrack::HelperId::none &&
                        (match.name[0] == '\0' || conntrack::kind_of(by).name == std::string_view(match.name.data()));
        return answer_of(is != match.inverted);
    }
};

}  // namespace sluice::acl
