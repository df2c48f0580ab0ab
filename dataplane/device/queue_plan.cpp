// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/device/queue_plan.h"

#include <algorithm>

namespace sluice::device {

std::vector<WorkerQueues> plan_queues(std::span<const QueueCounts> devices, unsigned workers) {
    std::vector<WorkerQueues> plan(workers);
    unsigned next = 0;  // the worker that the next queue goes to: devices with few queues do not all begin at 0
    for (std::size_t device = 0; device < devices.size(); ++device) {
        const QueueCounts& counts = devices[device];
        const bool has_many = counts.receive >= workers;
        const unsigned first = has_many ? 0 : next;
        for (std::uint16_t queue = 0; queue < counts.receive; ++queue) {
            plan[(first + queue) % workers].receive.push_back({static_cast<base::DeviceId>(device), queue});
        }
        if (!has_many) {
            next = (next + counts.receive) % workers;
        }
        // Transmit queue q belongs to the worker of receive queue q; the others share them in turn.
        const unsigned owners = std::clamp<unsigned>(counts.transmit, 1, workers);
        for (unsigned worker = 0; worker < workers; ++worker) {
            const unsigned queue = (worker + workers - first) % workers % owners;
            plan[worker].transmit.push_back({static_cast<base::WorkerId>((first + queue) % workers),
                                             static_cast<std::uint16_t>(queue)});
        }
    }
    return plan;
}

}  // namespace sluice::device
