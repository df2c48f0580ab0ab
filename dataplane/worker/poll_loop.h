// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_pause.h>
#include <rte_rcu_qsbr.h>

#include <array>
#include <cstdint>

#include "dataplane/base/ticks.h"
#include "dataplane/packet/batch.h"
#include "dataplane/worker/device_io.h"
#include "dataplane/worker/idle.h"
#include "dataplane/worker/rest.h"
#include "dataplane/worker/shared.h"

/// What a worker does, poll after poll.
///
///   1  read the clock and the published snapshot, once
///   2  each receive queue: a burst of frames through the router
///   3  frames that others gave it to send
///   4  the router's other work: held packets, fragments, timers
///   5  send what has gathered
///   6  report a quiescent state: nothing of this poll is held any more
///   7  rest, if nothing moved
///
/// The router and its context are template arguments, so that a test can drive the loop with a router of three lines.
namespace sluice::worker {

/// Polls until `shared.stop`. ContextT has now_ns, now, snapshot, stats, outbox; RouterT has receive and tend; and
/// `enter(context)` prepares a context for the snapshot that it has just been given.
template <net::Family F, class RouterT, class ContextT, class SnapshotT, class Enter>
void poll_until_stopped(RouterT& router, ContextT& context, DeviceIo& io, const Shared<SnapshotT>& shared, Idle idle,
                        unsigned qsbr_id, Enter&& enter) noexcept {
    std::array<rte_mbuf*, packet::kBatchSize> frames;
    packet::Batch<F> batch;
    rte_rcu_qsbr_thread_online(shared.qsbr, qsbr_id);
    while (!shared.stop.load(std::memory_order_relaxed)) {
        const std::uint64_t begin = rte_rdtsc();
        context.now_ns = shared.clock.ns_at(begin);
        context.now = base::ticks_from_ns(context.now_ns);
        // Acquire: what the control thread wrote before it published the snapshot is there.
        context.snapshot = shared.snapshot.load(std::memory_order_acquire);
        enter(context);

        bool moved = false;
        for (const device::ReceiveQueue& queue : io.receive_queues()) {
            const std::size_t count = io.receive(queue, frames);
            if (count > 0) {
                moved = true;
                batch.clear();
                for (std::size_t i = 0; i < count; ++i) {
                    batch.push(packet::Packet<F>(frames[i]));
                }
                router.receive(batch, context);
            }
        }
        if (const std::size_t count = io.take_given(frames); count > 0) {
            moved = true;
            for (std::size_t i = 0; i < count; ++i) {
                context.outbox.send(static_cast<base::DeviceId>(frames[i]->port), frames[i]);
            }
        }
        router.tend(context);
        context.outbox.flush_all();

        rte_rcu_qsbr_quiescent(shared.qsbr, qsbr_id);
        context.stats.polls.add(1);
        if (moved) {
            context.stats.busy_cycles.add(rte_rdtsc() - begin);
        } else {
            context.stats.idle_polls.add(1);
        }
        const Idle::Rest rest = idle.after(moved);
        if (rest.pause) {
            rte_pause();
        } else if (rest.sleep_us > 0) {
            sleep_us(rest.sleep_us);
        }
    }
    rte_rcu_qsbr_thread_offline(shared.qsbr, qsbr_id);
}

}  // namespace sluice::worker
