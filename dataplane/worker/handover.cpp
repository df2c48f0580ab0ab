// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/worker/handover.h"

#include <fmt/core.h>
#include <rte_errno.h>
#include <rte_mbuf.h>

namespace sluice::worker {

base::Result<Handover> Handover::create(std::span<const device::WorkerQueues> queues) {
    Handover handover;
    for (std::size_t worker = 0; worker < queues.size(); ++worker) {
        // Relaxed tail: a giver that loses its CPU in the middle must not make the others spin until it has it back.
        rte_ring* ring = rte_ring_create(fmt::format("handover_{}", worker).c_str(), kFrames, SOCKET_ID_ANY,
                                         RING_F_MP_RTS_ENQ | RING_F_SC_DEQ);
        if (ring == nullptr) {
            return base::failure(fmt::format("no memory for a ring of {} frames: {}", kFrames,
                                             rte_strerror(rte_errno)));
        }
        handover.rings_.emplace_back(ring);
    }
    if (!queues.empty()) {
        for (std::size_t device = 0; device < queues[0].transmit.size(); ++device) {
            handover.first_owner_.push_back(queues[0].transmit[device].owner);
        }
    }
    return handover;
}

std::size_t Handover::give(base::WorkerId owner, base::DeviceId device, std::span<rte_mbuf*> frames) noexcept {
    for (rte_mbuf* frame : frames) {
        frame->port = static_cast<std::uint16_t>(device);
    }
    return rte_ring_enqueue_burst(rings_[base::index_of(owner)].get(), reinterpret_cast<void**>(frames.data()),
                                  static_cast<unsigned>(frames.size()), nullptr);
}

bool Handover::give(base::DeviceId device, rte_mbuf* frame) noexcept {
    return give(first_owner_[base::index_of(device)], device, {&frame, 1}) == 1;
}

std::size_t Handover::take(base::WorkerId worker, std::span<rte_mbuf*> frames) noexcept {
    return rte_ring_dequeue_burst(rings_[base::index_of(worker)].get(), reinterpret_cast<void**>(frames.data()),
                                  static_cast<unsigned>(frames.size()), nullptr);
}

}  // namespace sluice::worker
