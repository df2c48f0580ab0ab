// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_ring.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/base/result.h"
#include "dataplane/device/queue_plan.h"

struct rte_mbuf;

/// Frames on their way to the worker that may send them.
///
/// A transmit queue has one user. A worker without a queue on a device gives its frames to the one that has it, and
/// so does the control thread with what it sends (ARP). Each worker has one bounded ring for what others give it;
/// `mbuf->port` says on which device to send. Full: the frame is dropped by who gives it, and counted.
namespace sluice::worker {

class Handover {
public:
    static constexpr unsigned kFrames = 4096;  ///< a ring's room

    /// `queues` is the plan for all workers. Errors: no memory.
    static base::Result<Handover> create(std::span<const device::WorkerQueues> queues);

    /// Gives frames to the worker that sends on `device`. Returns how many it took, the first ones.
    /// Threads: any.
    std::size_t give(base::WorkerId owner, base::DeviceId device, std::span<rte_mbuf*> frames) noexcept;
    /// The same for one frame of the control thread: to whoever has the device's first queue. False: not taken.
    bool give(base::DeviceId device, rte_mbuf* frame) noexcept;

    /// Takes what was given to `worker`. Threads: that worker; anyone when none runs.
    std::size_t take(base::WorkerId worker, std::span<rte_mbuf*> frames) noexcept;

private:
    struct Free {
        void operator()(rte_ring* ring) const noexcept { rte_ring_free(ring); }
    };
    Handover() = default;
    std::vector<std::unique_ptr<rte_ring, Free>> rings_;  ///< by WorkerId
    std::vector<base::WorkerId> first_owner_;             ///< by DeviceId
};

}  // namespace sluice::worker
