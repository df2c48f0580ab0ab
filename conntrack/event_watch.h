// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>

#include "dataplane/base/ids.h"
#include "dataplane/base/ticks.h"
#include "dataplane/net/family.h"

namespace sluice::conntrack {

template <net::Family F>
struct Connection;
template <net::Family F>
class Table;

/// Whoever wants to know what happens to connections (event.h).
///
/// Threads: `happened` is called by any worker and by control, each with its own WorkerId, with a connection that stays
/// readable for the call.
template <net::Family F>
struct EventWatch {
    void (*happened)(void* self, base::WorkerId worker, Table<F>& table, const Connection<F>& connection,
                     std::uint32_t events, base::Ticks now) noexcept = nullptr;
    void* self = nullptr;
    std::atomic<bool> is_wanted{false};  ///< false: nobody listens at this moment
};

}  // namespace sluice::conntrack
