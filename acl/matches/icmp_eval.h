// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/icmp.h"
#include "acl/matches/match_eval.h"

namespace sluice::acl {

/// An echo's type is part of its tuple, but errors RELATED to one connection come with any type: a guard.
template <>
struct Evaluate<IcmpMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = net::kProtocolIcmp;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const IcmpMatch& match, const PacketView<F>& packet) noexcept {
        if (!packet.has_l4) {
            return without_l4(packet);
        }
        const bool alike = packet.icmp_type == match.type && packet.icmp_code >= match.min_code &&
                           packet.icmp_code <= match.max_code;
        return answer_of((match.type == kAnyType || alike) != match.inverted);
    }

private:
    static constexpr std::uint8_t kAnyType = 0xff;
};

}  // namespace sluice::acl
