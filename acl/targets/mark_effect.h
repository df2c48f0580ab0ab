// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/targets/effect.h"
#include "acl/targets/mark.h"

namespace sluice::acl {

template <>
struct Effect<MarkTarget> {
    static constexpr Touches touches = Touches::view;

    template <net::Family F>
    static Applied apply(const MarkTarget& target, Subject<F>& subject) noexcept {
        subject.view.mark = (subject.view.mark & ~target.mask) ^ target.value;
        return Applied::done;
    }
};

}  // namespace sluice::acl
