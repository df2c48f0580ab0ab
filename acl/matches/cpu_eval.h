// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/cpu.h"
#include "acl/matches/match_eval.h"

namespace sluice::acl {

/// The worker's. Asked of every packet: a connection may move to another worker. See: xt_cpu.c.
template <>
struct Evaluate<CpuMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const CpuMatch& match, const PacketView<F>& packet) noexcept {
        return answer_of((packet.cpu == match.cpu) != match.inverted);
    }
};

}  // namespace sluice::acl
