// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "dataplane/base/counter.h"
#include "dataplane/base/ids.h"
#include "dataplane/device/queue_plan.h"
#include "dataplane/worker/handover.h"

struct rte_mbuf;

namespace sluice::worker {

/// A worker's hands on the devices: its receive queues, and its way to send on each device.
///
/// Threads: the worker. Frames given to `send` are gone for the caller, whatever happens.
class DeviceIo {
public:
    /// `queue_full` and `worker_full` count frames that found no room.
    DeviceIo(base::WorkerId worker, device::WorkerQueues queues, Handover& handover, base::Counter& queue_full,
             base::Counter& worker_full)
        : worker_(worker),
          queues_(std::move(queues)),
          handover_(handover),
          queue_full_(queue_full),
          worker_full_(worker_full) {}

    [[nodiscard]] std::span<const device::ReceiveQueue> receive_queues() const noexcept { return queues_.receive; }

    /// Polls one queue; each frame knows its device afterwards (`mbuf->port`).
    [[nodiscard]] std::size_t receive(const device::ReceiveQueue& queue, std::span<rte_mbuf*> frames) noexcept;

    /// Sends on the worker's own queue, or hands over. A full queue is tried again some times, then the rest is
    /// dropped: waiting longer would lose what arrives meanwhile. Drops: device_queue_full, worker_queue_full.
    void send(base::DeviceId device, std::span<rte_mbuf*> frames) noexcept;

    /// What others gave this worker to send.
    [[nodiscard]] std::size_t take_given(std::span<rte_mbuf*> frames) noexcept {
        return handover_.take(worker_, frames);
    }

private:
    static constexpr int kTries = 16;

    base::WorkerId worker_;
    device::WorkerQueues queues_;
    Handover& handover_;
    base::Counter& queue_full_;
    base::Counter& worker_full_;
};

}  // namespace sluice::worker
