// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/match_eval.h"
#include "acl/matches/tcp.h"

namespace sluice::acl {

[[nodiscard]] constexpr bool holds(const PortRange& range, net::Be16 port) noexcept {
    const std::uint16_t value = port.host();
    return (value >= range.min && value <= range.max) != range.inverted;
}

/// Ports are in the tuple. A TCP fragment at offset 8 would overwrite the flags of the first one, so meeting
/// it drops it (RFC 1858, RFC 3128; FRAG-6).
template <>
struct Evaluate<TcpMatch> {
    static constexpr Depends depends = Depends::connection;
    static constexpr std::uint8_t protocol = net::kProtocolTcp;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const TcpMatch& match, const PacketView<F>& packet) noexcept {
        if (!packet.has_l4) {
            return fragment_offset(packet) == 1 ? Answer::drop : without_l4(packet);
        }
        return answer_of(holds(match.source, packet.source_port) &&
                         holds(match.destination, packet.destination_port));
    }
};

}  // namespace sluice::acl
