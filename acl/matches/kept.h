// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/match_eval.h"

namespace sluice::acl {

/// A match that is too large to lie among the others, or not trivially copyable: the program holds it, and
/// its place is taken by this. `Evaluate<M>` of such a match has `static constexpr bool is_large = true`.
template <class M>
struct Kept {
    const M* match = nullptr;  ///< lives as long as the program
};

template <class M>
concept Large = requires {
    requires Evaluate<M>::is_large;
};

template <class M>
struct Evaluate<Kept<M>> {
    static constexpr Depends depends = Evaluate<M>::depends;
    static constexpr bool reads_bytes = acl::reads_bytes<M>();
    static constexpr bool reads_outside = acl::reads_outside<M>();

    template <net::Family F>
    [[nodiscard]] static Answer ask(const Kept<M>& held, const PacketView<F>& packet) noexcept {
        return Evaluate<M>::ask(*held.match, packet);
    }
};

}  // namespace sluice::acl
