// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>

#include "dataplane/net/family.h"

namespace sluice::conntrack {

template <net::Family F>
struct Connection;

/// Whoever wants to know which connections have ended: taken out of the table, given up before they were confirmed, or
/// closed by TCP. It may be told more than once of one connection.
///
/// Threads: `ended` is called by any worker and by control, with a connection that stays readable for the call.
template <net::Family F>
struct EndWatch {
    void (*ended)(void* self, const Connection<F>& connection) noexcept = nullptr;
    void* self = nullptr;
    std::atomic<bool> is_wanted{false};  ///< false: it need not be told at this moment
};

}  // namespace sluice::conntrack
