// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/keyed/estimator.h"
#include "acl/targets/effect.h"
#include "acl/targets/rateest_target.h"

namespace sluice::acl {

/// RATEEST with its estimator. What it counts is seen at the end of an interval, by no packet before.
struct RateCount {
    keyed::Estimator* estimator = nullptr;
};

template <>
struct Effect<RateCount> {
    static constexpr Touches touches = Touches::nothing;

    template <net::Family F>
    static Applied apply(const RateCount& target, Subject<F>& subject) noexcept {
        if (!subject.is_rehearsal) {
            target.estimator->count(subject.view.cpu, subject.view.bytes);
        }
        return Applied::done;
    }
};

}  // namespace sluice::acl
