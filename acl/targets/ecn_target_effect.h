// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/targets/effect.h"
#include "acl/targets/ecn_target.h"
#include "acl/targets/rewrite.h"

namespace sluice::acl {

template <>
struct Effect<EcnTarget> {
    static constexpr Touches touches = Touches::bytes;

    template <net::Family F>
    static Applied apply(const EcnTarget& target, Subject<F>& subject) noexcept {
        constexpr std::uint8_t kEcn = net::TcpHeader::kEce | net::TcpHeader::kCwr;
        const TcpBytes tcp = tcp_of(subject);
        if (!tcp) {
            return tcp.is_cut ? Applied::drop : Applied::done;
        }
        if (!target.tcp_remove || (tcp.header->flags & kEcn) == 0) {
            return Applied::done;
        }
        set_byte(tcp, kFlagsAt, static_cast<std::uint8_t>(tcp.header->flags & ~kEcn));
        return Applied::done;
    }

private:
    static constexpr std::size_t kFlagsAt = 13;
};

}  // namespace sluice::acl
