// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_rcu_qsbr.h>

#include <cstdint>

namespace sluice::pipeline {

/// Grace periods by quiescent states (rte_rcu): what was taken out before `begin` is seen by nobody once `passed`.
///
/// Every worker reports a quiescent state once a poll, holding nothing; the control thread does so once a turn of
/// its loop. Threads: any. The rte_rcu_qsbr variable is the runtime's.
class Grace {
public:
    explicit Grace(rte_rcu_qsbr* qsbr) noexcept : qsbr_(qsbr) {}

    [[nodiscard]] std::uint64_t begin() noexcept { return rte_rcu_qsbr_start(qsbr_); }
    [[nodiscard]] bool passed(std::uint64_t token) noexcept { return rte_rcu_qsbr_check(qsbr_, token, false) == 1; }

private:
    rte_rcu_qsbr* qsbr_;
};

}  // namespace sluice::pipeline
