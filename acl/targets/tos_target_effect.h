// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/targets/effect.h"
#include "acl/targets/tos_target.h"
#include "acl/targets/rewrite.h"

namespace sluice::acl {

template <>
struct Effect<TosTarget> {
    static constexpr Touches touches = Touches::view;

    template <net::Family F>
    static Applied apply(const TosTarget& target, Subject<F>& subject) noexcept {
        set_tos(subject, static_cast<std::uint8_t>((subject.view.tos & ~target.mask) ^ target.value));
        return Applied::done;
    }
};

}  // namespace sluice::acl
