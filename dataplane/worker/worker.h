// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "conntrack/table.h"
#include "dataplane/device/queue_plan.h"
#include "dataplane/pipeline/packet_log.h"
#include "dataplane/pipeline/request.h"
#include "dataplane/pipeline/snapshot.h"
#include "dataplane/pipeline/stats.h"
#include "dataplane/route/adjacency.h"
#include "dataplane/worker/handover.h"
#include "dataplane/worker/idle.h"
#include "dataplane/worker/shared.h"

struct rte_mempool;

namespace sluice::worker {

/// What a worker is made of that is not its own.
template <net::Family F>
struct WorkerSetup {
    base::WorkerId id{};
    unsigned workers = 1;
    std::size_t interfaces = 0;
    device::WorkerQueues queues;
    Idle idle{IdlePolicy::spin};
    bool short_way = true;
    std::uint64_t boot_secret = 0;
    std::array<std::uint64_t, 4> random_seed{};
    rte_mempool* pool = nullptr;
    Handover* handover = nullptr;
    conntrack::Table<F>* connections = nullptr;
    route::AdjacencyTable<F>* adjacencies = nullptr;
    const Shared<pipeline::Snapshot<F>>* shared = nullptr;
};

/// One worker: a router, its context and everything that the context points to.
///
/// Life: made by the control thread before the workers run; `run` on the worker's own thread until the shared stop
/// flag; destroyed by the control thread afterwards. Everything in it is written by the worker alone; `stats` and
/// `requests` are read by the control thread at any time.
template <net::Family F>
class Worker {
public:
    explicit Worker(const WorkerSetup<F>& setup);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Polls until it is told to stop; then sends what is ready and frees what waits. Threads: the worker's.
    void run() noexcept;

    [[nodiscard]] const pipeline::WorkerStats& stats() const noexcept;
    /// What the worker asks of the control thread, who takes it out.
    [[nodiscard]] pipeline::RequestRing<F>& requests() noexcept;
    /// What LOG has told. Consumer: the control thread.
    [[nodiscard]] pipeline::LogRing& log() noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

extern template class Worker<net::Ipv4>;

}  // namespace sluice::worker
