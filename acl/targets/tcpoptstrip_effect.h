// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/targets/effect.h"
#include "acl/targets/tcpoptstrip.h"
#include "acl/targets/rewrite.h"

namespace sluice::acl {

/// See: xt_TCPOPTSTRIP.c.
template <>
struct Effect<TcpoptstripTarget> {
    static constexpr Touches touches = Touches::bytes;

    template <net::Family F>
    static Applied apply(const TcpoptstripTarget& target, Subject<F>& subject) noexcept {
        const TcpBytes tcp = tcp_of(subject);
        if (!tcp) {
            return tcp.is_cut ? Applied::drop : Applied::done;
        }
        if (!tcp.is_whole()) {
            return Applied::drop;
        }
        constexpr std::uint8_t kNoOperation = 1;
        const std::size_t end = tcp.header->header_bytes();
        for (std::size_t at = sizeof(net::TcpHeader); at + 1 < end;) {
            const std::size_t bytes = option_bytes(tcp, at, end);
            if (at + bytes > end) {
                break;
            }
            if (target[tcp.at(at)]) {
                for (std::size_t i = 0; i < bytes; ++i) {
                    set_byte(tcp, at + i, kNoOperation);
                }
            }
            at += bytes;
        }
        return Applied::done;
    }
};

}  // namespace sluice::acl
