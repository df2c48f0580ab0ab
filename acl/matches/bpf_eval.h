// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/bpf/machine.h"
#include "acl/matches/bpf.h"
#include "acl/matches/match_eval.h"

namespace sluice::acl {

/// Holds where its program returns anything but 0. See: xt_bpf.c.
template <>
struct Evaluate<BpfMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = 0;
    static constexpr bool reads_bytes = true;
    static constexpr bool is_large = true;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const BpfMatch& match, const PacketView<F>& packet) noexcept {
        return answer_of(bpf::Machine<F>(packet).run(match.program) != 0);
    }
};

}  // namespace sluice::acl
