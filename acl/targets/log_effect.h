// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/targets/effect.h"
#include "acl/targets/log.h"

namespace sluice::acl {

template <>
struct Effect<LogTarget> {
    static constexpr Touches touches = Touches::nothing;

    template <net::Family F>
    static Applied apply(const LogTarget& target, Subject<F>& subject) noexcept {
        if (!subject.is_rehearsal && subject.log.write != nullptr) {
            subject.log.write(subject.log.self, target, subject.view);
        }
        return Applied::done;
    }
};

}  // namespace sluice::acl
