// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>

#include "dataplane/worker/clock.h"

struct rte_rcu_qsbr;

namespace sluice::worker {

/// What all workers share with the control thread. Writer: control; readers: workers.
template <class SnapshotT>
struct Shared {
    std::atomic<const SnapshotT*> snapshot{nullptr};
    std::atomic<bool> stop{false};
    rte_rcu_qsbr* qsbr = nullptr;
    Clock clock{0, 1};
};

}  // namespace sluice::worker
