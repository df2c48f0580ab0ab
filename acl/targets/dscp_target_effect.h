// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/targets/effect.h"
#include "acl/targets/dscp_target.h"
#include "acl/targets/rewrite.h"

namespace sluice::acl {

template <>
struct Effect<DscpTarget> {
    static constexpr Touches touches = Touches::view;

    template <net::Family F>
    static Applied apply(const DscpTarget& target, Subject<F>& subject) noexcept {
        constexpr unsigned kEcnBits = 3;
        set_tos(subject, static_cast<std::uint8_t>((subject.view.tos & kEcnBits) | unsigned{target.dscp} << 2U));
        return Applied::done;
    }
};

}  // namespace sluice::acl
