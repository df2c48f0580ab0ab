// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/worker/worker.h"

#include <rte_lcore.h>

#include "dataplane/pipeline/router.h"
#include "dataplane/worker/device_io.h"
#include "dataplane/worker/poll_loop.h"

// Compiled in pipeline/packet_path.cpp, whose symbols a check looks at.
extern template void sluice::pipeline::Router<sluice::net::Ipv4>::receive(
    packet::Batch<net::Ipv4>& frames, Context<net::Ipv4>& context) noexcept;
extern template void sluice::pipeline::Router<sluice::net::Ipv4>::tend(Context<net::Ipv4>& context) noexcept;

namespace sluice::worker {

/// In the order of dependence: each member may refer to those above it.
template <net::Family F>
struct Worker<F>::State {
    explicit State(const WorkerSetup<F>& setup);

    static void flush(void* self, base::DeviceId device, std::span<rte_mbuf*> frames) noexcept {
        static_cast<State*>(self)->io.send(device, frames);
    }
    base::Counter& counter_of(packet::Verdict verdict) noexcept {
        return stats.verdicts[static_cast<std::size_t>(verdict)];
    }
    void enter(pipeline::Context<F>& c) const noexcept { c.rules = c.snapshot->rule_states[number]; }
    void give_up_everything() noexcept;

    unsigned number;
    const Shared<pipeline::Snapshot<F>>& shared;
    Idle idle;
    pipeline::WorkerStats stats;
    pipeline::RequestRing<F> requests;
    pipeline::LogRing log;
    DeviceIo io;
    pipeline::Outbox outbox;
    pipeline::Exits<F> exits;
    pipeline::Grace grace;
    route::Hold<F> hold;
    packet::Reassembly<F> reassembly;
    stages::ErrorLimit<F> error_limit;
    base::Random random;
    pipeline::Walks<F> walks;
    pipeline::Context<F> context;
    pipeline::Router<F> router;
};

template <net::Family F>
Worker<F>::State::State(const WorkerSetup<F>& setup)
    : number(base::index_of(setup.id)),
      shared(*setup.shared),
      idle(setup.idle),
      stats(setup.interfaces),
      io(setup.id, setup.queues, *setup.handover, counter_of(packet::Verdict::device_queue_full),
         counter_of(packet::Verdict::worker_queue_full)),
      outbox(setup.queues.transmit.size(), &State::flush, this),
      exits(stats, *setup.connections, setup.id),
      grace(setup.shared->qsbr),
      hold(requests, stats.requests_lost),
      reassembly(setup.boot_secret),
      error_limit(setup.boot_secret, setup.workers),
      random(setup.random_seed),
      context{.worker = setup.id,
              .short_way = setup.short_way,
              .exits = exits,
              .stats = stats,
              .outbox = outbox,
              .requests = requests,
              .connections = *setup.connections,
              .grace = grace,
              .adjacencies = *setup.adjacencies,
              .hold = hold,
              .reassembly = reassembly,
              .error_limit = error_limit,
              .random = random,
              .walks = walks,
              .log = &log,
              .pool = setup.pool} {}

template <net::Family F>
void Worker<F>::State::give_up_everything() noexcept {
    outbox.flush_all();
    hold.drop_all(exits);
    reassembly.clear();
    // Giving up held packets may have asked for answers; nobody gets them any more.
    for (packet::Batch<F>* batch : {&exits.to_host, &exits.deferred, &exits.made, &exits.answers}) {
        for (packet::Packet<F> packet : *batch) {
            exits.discard(packet);
        }
        batch->clear();
    }
}

template <net::Family F>
Worker<F>::Worker(const WorkerSetup<F>& setup) : state_(std::make_unique<State>(setup)) {}

template <net::Family F>
Worker<F>::~Worker() = default;

template <net::Family F>
void Worker<F>::run() noexcept {
    sharpen_timers();
    State& state = *state_;
    state.context.cpu = static_cast<std::uint32_t>(rte_lcore_to_cpu_id(-1));
    poll_until_stopped<F>(state.router, state.context, state.io, state.shared, state.idle, state.number,
                          [&state](pipeline::Context<F>& context) { state.enter(context); });
    state.give_up_everything();
}

template <net::Family F>
const pipeline::WorkerStats& Worker<F>::stats() const noexcept {
    return state_->stats;
}

template <net::Family F>
pipeline::RequestRing<F>& Worker<F>::requests() noexcept {
    return state_->requests;
}

template <net::Family F>
pipeline::LogRing& Worker<F>::log() noexcept {
    return state_->log;
}

template class Worker<net::Ipv4>;

}  // namespace sluice::worker
