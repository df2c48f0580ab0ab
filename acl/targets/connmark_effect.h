// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/targets/connmark.h"
#include "acl/targets/effect.h"
#include "conntrack/connection.h"

namespace sluice::acl {

/// A packet without a connection has nothing to mark, nor to take a mark from.
template <>
struct Effect<ConnmarkTarget> {
    static constexpr Touches touches = Touches::connection;

    template <net::Family F>
    static Applied apply(const ConnmarkTarget& target, Subject<F>& subject) noexcept {
        PacketView<F>& view = subject.view;
        if (view.connection == nullptr) {
            return Applied::done;
        }
        switch (target.mode) {
            case ConnmarkTarget::Mode::set:
                view.connection_mark =
                    shifted(target, (view.connection_mark & ~target.connection_mask) ^ target.value);
                break;
            case ConnmarkTarget::Mode::save:
                view.connection_mark = (view.connection_mark & ~target.connection_mask) ^
                                       shifted(target, view.mark & target.packet_mask);
                break;
            case ConnmarkTarget::Mode::restore:
                view.mark = (view.mark & ~target.packet_mask) ^
                            shifted(target, view.connection_mark & target.connection_mask);
                return Applied::done;
            case ConnmarkTarget::Mode::none: return Applied::done;
        }
        // Written only where it changes, so that the line stays shared.
        if (!subject.is_rehearsal && subject.connection != nullptr &&
            subject.connection->shared.mark.load(std::memory_order_relaxed) != view.connection_mark) {
            subject.connection->shared.mark.store(view.connection_mark, std::memory_order_relaxed);
            subject.connection->note(conntrack::event::kMark);
        }
        return Applied::done;
    }

private:
    /// A shift by all 32 bits leaves what the processor makes of it, as in the kernel: on x86 nothing moves.
    static std::uint32_t shifted(const ConnmarkTarget& target, std::uint32_t mark) noexcept {
        const unsigned bits = target.shift & 31U;
        return target.shifts_right ? mark >> bits : mark << bits;
    }
};

}  // namespace sluice::acl
