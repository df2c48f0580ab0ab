// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/ecn.h"
#include "acl/matches/l4_header.h"
#include "acl/matches/match_eval.h"

namespace sluice::acl {

/// A TCP header that is cut off fails, negated or not (xt_ecn.c).
template <>
struct Evaluate<EcnMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const EcnMatch& match, const PacketView<F>& packet) noexcept {
        constexpr std::uint8_t kEctBits = 3;
        if (!holds(match.ect, (packet.tos & kEctBits) == match.ect_value)) {
            return Answer::no;
        }
        if (match.cwr == EcnMatch::Ask::nothing && match.ece == EcnMatch::Ask::nothing) {
            return Answer::yes;
        }
        const std::span<const std::byte> tcp = l4_of(packet);
        if (tcp.size() < sizeof(net::TcpHeader)) {
            return Answer::no;
        }
        const auto flags = std::to_integer<std::uint8_t>(tcp[kFlagsOffset]);
        return answer_of(holds(match.ece, (flags & kEce) != 0) && holds(match.cwr, (flags & kCwr) != 0));
    }

private:
    static constexpr std::size_t kFlagsOffset = 13;
    static constexpr std::uint8_t kEce = 0x40;
    static constexpr std::uint8_t kCwr = 0x80;

    static constexpr bool holds(EcnMatch::Ask ask, bool is_set) noexcept {
        return ask == EcnMatch::Ask::nothing || is_set == (ask == EcnMatch::Ask::set);
    }
};

}  // namespace sluice::acl
