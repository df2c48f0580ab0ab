// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/targets/effect.h"
#include "acl/targets/checksum.h"

namespace sluice::acl {

/// The kernel fills in checksums that were left to the NIC; packets in this router have theirs.
template <>
struct Effect<ChecksumTarget> {
    static constexpr Touches touches = Touches::nothing;

    template <net::Family F>
    static Applied apply(const ChecksumTarget& target, Subject<F>& subject) noexcept {
        static_cast<void>(target);
        static_cast<void>(subject);
        return Applied::done;
    }
};

}  // namespace sluice::acl
