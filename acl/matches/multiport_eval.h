// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>

#include "acl/matches/l4_header.h"
#include "acl/matches/match_eval.h"
#include "acl/matches/multiport.h"

namespace sluice::acl {

/// Needs the two ports and no more: a header that is cut behind them is good enough (xt_multiport.c).
template <>
struct Evaluate<MultiportMatch> {
    static constexpr Depends depends = Depends::connection;
    static constexpr std::array protocols = {net::kProtocolTcp, net::kProtocolUdp, net::kProtocolUdpLite,
                                             net::kProtocolSctp, net::kProtocolDccp};

    template <net::Family F>
    [[nodiscard]] static Answer ask(const MultiportMatch& match, const PacketView<F>& packet) noexcept {
        if (packet.has_l4) {
            return among(match, packet.source_port.host(), packet.destination_port.host());
        }
        const std::span<const std::byte> header = l4_of(packet);
        if (fragment_offset(packet) != 0 || header.size() < sizeof(std::uint32_t)) {
            return without_l4(packet);
        }
        const std::uint32_t both = word_at(header, 0);
        return among(match, static_cast<std::uint16_t>(both >> 16U), static_cast<std::uint16_t>(both));
    }

private:
    static Answer among(const MultiportMatch& match, std::uint16_t source,
                        std::uint16_t destination) noexcept {
        using Side = MultiportMatch::Side;
        const auto holds = [&](const MultiportMatch::Ports& ports) {
            const bool of_source = source >= ports.min && source <= ports.max;
            const bool of_destination = destination >= ports.min && destination <= ports.max;
            return (of_source && match.side != Side::destination) ||
                   (of_destination && match.side != Side::source);
        };
        const auto* end = match.ports.begin() + match.count;
        return answer_of(std::any_of(match.ports.begin(), end, holds) != match.inverted);
    }
};

}  // namespace sluice::acl
