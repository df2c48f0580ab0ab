// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/targets/effect.h"
#include "acl/targets/classify.h"

namespace sluice::acl {

/// There are no queues to choose from: packets leave in their order. Accepted, because the kernel lets the packet go on.
template <>
struct Effect<ClassifyTarget> {
    static constexpr Touches touches = Touches::nothing;

    template <net::Family F>
    static Applied apply(const ClassifyTarget& target, Subject<F>& subject) noexcept {
        static_cast<void>(target);
        static_cast<void>(subject);
        return Applied::done;
    }
};

}  // namespace sluice::acl
