// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/worker/device_io.h"

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_pause.h>

namespace sluice::worker {

std::size_t DeviceIo::receive(const device::ReceiveQueue& queue, std::span<rte_mbuf*> frames) noexcept {
    const auto port = static_cast<std::uint16_t>(queue.device);
    const std::uint16_t count =
        rte_eth_rx_burst(port, queue.queue, frames.data(), static_cast<std::uint16_t>(frames.size()));
    for (std::uint16_t i = 0; i < count; ++i) {
        frames[i]->port = port;  // net_ring leaves what stood there
    }
    return count;
}

void DeviceIo::send(base::DeviceId device, std::span<rte_mbuf*> frames) noexcept {
    const device::TransmitWay& way = queues_.transmit[base::index_of(device)];
    std::size_t sent = 0;
    if (way.owner == worker_) {
        for (int tries = 0; sent < frames.size() && tries < kTries; ++tries) {
            if (tries > 0) {
                rte_pause();
            }
            sent += rte_eth_tx_burst(static_cast<std::uint16_t>(device), way.queue, frames.data() + sent,
                                     static_cast<std::uint16_t>(frames.size() - sent));
        }
        queue_full_.add(frames.size() - sent);
    } else {
        sent = handover_.give(way.owner, device, frames);
        worker_full_.add(frames.size() - sent);
    }
    rte_pktmbuf_free_bulk(frames.data() + sent, static_cast<unsigned>(frames.size() - sent));
}

}  // namespace sluice::worker
