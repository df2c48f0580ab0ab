// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/tcp_eval.h"
#include "acl/matches/udp.h"

namespace sluice::acl {

template <>
struct Evaluate<UdpMatch> {
    static constexpr Depends depends = Depends::connection;
    static constexpr std::uint8_t protocol = net::kProtocolUdp;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const UdpMatch& match, const PacketView<F>& packet) noexcept {
        if (!packet.has_l4) {
            return without_l4(packet);
        }
        return answer_of(holds(match.source, packet.source_port) &&
                         holds(match.destination, packet.destination_port));
    }
};

}  // namespace sluice::acl
