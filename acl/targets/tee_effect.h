// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/targets/effect.h"
#include "acl/targets/tee.h"
#include "dataplane/base/ids.h"

namespace sluice::acl {

/// TEE with the number of its interface.
struct TeeCopy {
    net::Ipv4Address gateway;
    base::InterfaceId out =
        base::kNoInterface;  ///< none: by the route to the gateway, as where Linux finds no such device
};

/// The copy leaves at once, in front of the packet. What the copy meets in OUTPUT and POSTROUTING is counted
/// there.
template <>
struct Effect<TeeCopy> {
    static constexpr Touches touches = Touches::nothing;

    template <net::Family F>
    static Applied apply(const TeeCopy& target, Subject<F>& subject) noexcept {
        if (!subject.is_rehearsal && subject.copies.send != nullptr) {
            subject.copies.send(subject.copies.self, subject.packet, subject.view, target);
        }
        return Applied::done;
    }
};

}  // namespace sluice::acl
