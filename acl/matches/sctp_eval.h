// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/sctp.h"
#include "acl/matches/tcp_eval.h"

namespace sluice::acl {

template <>
struct Evaluate<SctpMatch> {
    static constexpr Depends depends = Depends::connection;
    static constexpr std::uint8_t protocol = net::kProtocolSctp;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const SctpMatch& match, const PacketView<F>& packet) noexcept {
        if (!packet.has_l4) {
            return without_l4(packet);
        }
        return answer_of((!match.source || holds(*match.source, packet.source_port)) &&
                         (!match.destination || holds(*match.destination, packet.destination_port)));
    }
};

}  // namespace sluice::acl
