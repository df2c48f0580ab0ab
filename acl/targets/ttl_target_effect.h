// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/targets/effect.h"
#include "acl/targets/ttl_target.h"
#include "acl/targets/rewrite.h"

namespace sluice::acl {

template <>
struct Effect<TtlTarget> {
    static constexpr Touches touches = Touches::view;

    template <net::Family F>
    static Applied apply(const TtlTarget& target, Subject<F>& subject) noexcept {
        const int before = subject.view.ttl;
        const int after = target.mode == TtlTarget::Mode::set        ? target.value
                          : target.mode == TtlTarget::Mode::increase ? std::min(before + target.value, 255)
                                                                     : std::max(before - target.value, 0);
        set_ttl(subject, static_cast<std::uint8_t>(after));
        return Applied::done;
    }
};

}  // namespace sluice::acl
