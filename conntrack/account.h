// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>

#include "conntrack/ct_state.h"
#include "dataplane/base/counter.h"

/// Packets and bytes of a connection, by direction (net.netfilter.nf_conntrack_acct).
///
/// They lie beside the entries in a table of their own, with the same index: who does not count pays neither
/// memory (pages that nobody touches are not there) nor a line. As in the kernel, whether a connection is
/// counted is decided when it begins; what was not counted then has no counters, rather than wrong ones.
namespace sluice::conntrack {

/// Shape: 32 bytes. Threads: each direction by the worker that receives it; read by all.
struct Account {
    std::array<base::PacketCounter, 2> directions;

    [[nodiscard]] base::PacketCounter& operator[](Way way) noexcept {
        return directions[static_cast<unsigned>(way)];
    }
    [[nodiscard]] const base::PacketCounter& operator[](Way way) const noexcept {
        return directions[static_cast<unsigned>(way)];
    }
    void clear() noexcept {
        for (base::PacketCounter& direction : directions) {
            direction.packets.set(0);
            direction.bytes.set(0);
        }
    }
};
static_assert(sizeof(Account) == 32);

}  // namespace sluice::conntrack
