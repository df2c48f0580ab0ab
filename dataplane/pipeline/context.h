// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "acl/program/program.h"
#include "conntrack/table.h"
#include "dataplane/base/random.h"
#include "dataplane/base/ticks.h"
#include "dataplane/packet/reassembly.h"
#include "dataplane/pipeline/exits.h"
#include "dataplane/pipeline/grace.h"
#include "dataplane/pipeline/outbox.h"
#include "dataplane/pipeline/packet_log.h"
#include "dataplane/pipeline/request.h"
#include "dataplane/pipeline/rule_state.h"
#include "dataplane/pipeline/snapshot.h"
#include "dataplane/pipeline/stats.h"
#include "dataplane/route/hold.h"
#include "dataplane/stages/error_limit.h"

struct rte_mempool;

namespace sluice::pipeline {

/// The slots in which packets of the long way gather what they meet; one a packet of a burst.
///
/// A packet takes one when it enters the rules and keeps it to the end of its pipeline; `reset` at the beginning of
/// each burst. Local packets made during a burst (answers) run after it, so the slots are free again.
template <net::Family F>
class Walks {
public:
    acl::Walk<F>* take() noexcept {
        SLUICE_ASSERT(used_ < walks_.size());
        acl::Walk<F>* walk = &walks_[used_++];
        walk->trace.clear();
        walk->memo.clear();
        walk->nat = nullptr;
        return walk;
    }
    void reset() noexcept { used_ = 0; }

private:
    std::array<acl::Walk<F>, packet::kBatchSize> walks_;
    std::size_t used_ = 0;
};

/// Everything that a stage may touch. No globals, no thread-locals: two contexts are two routers.
///
/// Owned by the worker; `now_ns`, `now`, `snapshot` and `rules` are set at the beginning of every poll.
template <net::Family F>
struct Context {
    std::uint64_t now_ns = 0;  ///< since start; read once a poll
    base::Ticks now = 0;
    const Snapshot<F>* snapshot = nullptr;
    RuleState<F>* rules = nullptr;  ///< this worker's slice of the snapshot's ruleset
    base::WorkerId worker{};
    std::uint32_t cpu = 0;  ///< that the worker runs on
    bool short_way = true;

    Exits<F>& exits;
    WorkerStats& stats;
    Outbox& outbox;
    RequestRing<F>& requests;
    conntrack::Table<F>& connections;
    Grace& grace;
    route::AdjacencyTable<F>& adjacencies;
    route::Hold<F>& hold;                 ///< packets that wait for a neighbour
    packet::Reassembly<F>& reassembly;    ///< fragments that wait for others
    stages::ErrorLimit<F>& error_limit;
    base::Random& random;
    Walks<F>& walks;
    LogRing* log = nullptr;  ///< where LOG tells of packets; none: nowhere
    rte_mempool* pool;  ///< for packets that the router makes, and for fragments
    acl::CopySink<F> copies{};  ///< who sends copies of packets; set by the router
};

}  // namespace sluice::pipeline
