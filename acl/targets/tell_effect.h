// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/targets/effect.h"
#include "acl/targets/told.h"

namespace sluice::acl {

/// Targets that only tell of the packet, to whoever listens: LOG, NFLOG, AUDIT.
template <class Target>
struct Telling {
    static constexpr Touches touches = Touches::nothing;

    template <net::Family F>
    static Applied apply(const Target& target, Subject<F>& subject) noexcept {
        if (!subject.is_rehearsal && subject.log.write != nullptr) {
            subject.log.write(subject.log.self, Told{target}, subject.view);
        }
        return Applied::done;
    }
};

template <>
struct Effect<LogTarget> : Telling<LogTarget> {};
template <>
struct Effect<NflogTarget> : Telling<NflogTarget> {};
template <>
struct Effect<AuditTarget> : Telling<AuditTarget> {};

/// Leaves no path behind it: a traced packet meets every rule (Run::affect, ShortWay).
template <>
struct Effect<TraceTarget> {
    static constexpr Touches touches = Touches::nothing;

    template <net::Family F>
    static Applied apply(const TraceTarget& /*target*/, Subject<F>& subject) noexcept {
        subject.view.is_traced = true;
        return Applied::done;
    }
};

}  // namespace sluice::acl
