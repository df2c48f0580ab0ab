// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/targets/effect.h"
#include "acl/targets/ct.h"

namespace sluice::acl {

template <>
struct Effect<CtTarget> {
    static constexpr Touches touches = Touches::view;

    template <net::Family F>
    static Applied apply(const CtTarget& target, Subject<F>& subject) noexcept {
        // An answer that the router makes belongs to a connection already, and stays with it.
        if (target.notrack && subject.view.connection == nullptr) {
            subject.view.is_untracked = true;
            subject.view.state = conntrack::CtState::untracked;
        }
        return Applied::done;
    }
};

}  // namespace sluice::acl
