// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/ids.h"

/// Which worker polls which queue, and who sends for those that have no queue of their own.
///
/// Example: two devices with one queue each and two workers: worker 0 polls the first and sends for both workers on
/// it, worker 1 the second. A frame that worker 0 wants to send on the second is handed over to worker 1.
namespace sluice::device {

/// Queues of one device; none where a DeviceId is not ours.
struct QueueCounts {
    std::uint16_t receive = 1;
    std::uint16_t transmit = 1;
};

/// A receive queue of a worker.
struct ReceiveQueue {
    base::DeviceId device{};
    std::uint16_t queue = 0;
    bool operator==(const ReceiveQueue&) const = default;
};

/// How a worker sends on a device: on a queue that it alone uses, or through its owner.
struct TransmitWay {
    base::WorkerId owner{};   ///< who sends; the worker itself where it has a queue
    std::uint16_t queue = 0;  ///< the owner's queue
    bool operator==(const TransmitWay&) const = default;
};

struct WorkerQueues {
    std::vector<ReceiveQueue> receive;
    std::vector<TransmitWay> transmit;  ///< by index of the device
};

/// Spreads the queues of `devices` (by DeviceId, from 0) over `workers`. Every receive queue is polled by exactly
/// one worker, every transmit queue used by exactly one.
[[nodiscard]] std::vector<WorkerQueues> plan_queues(std::span<const QueueCounts> devices, unsigned workers);

}  // namespace sluice::device
