// SPDX-License-Identifier: BSD-3-Clause
#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "dataplane/device/device.h"

/// The end of a device: what it gives back, and how it is closed.
namespace sluice::device {
namespace {

constexpr int kDrainRounds = 64;
constexpr useconds_t kDrainPauseUs = 500;

}  // namespace

Device::Device(Device&& other) noexcept
    : id_(other.id_),
      name_(std::move(other.name_)),
      driver_(std::move(other.driver_)),
      interface_name_(std::move(other.interface_name_)),
      traits_(other.traits_),
      mac_(other.mac_),
      queues_(other.queues_),
      receive_ring_(other.receive_ring_),
      transmit_ring_(other.transmit_ring_),
      kept_packets_(other.kept_packets_),
      notes_(std::move(other.notes_)),
      is_open_(std::exchange(other.is_open_, false)) {}

void Device::drain() {
    const std::uint16_t port = static_cast<std::uint16_t>(id_);
    std::array<rte_mbuf*, 64> frames{};
    for (int round = 0; round < kDrainRounds; ++round) {
        bool anything = false;
        for (std::uint16_t queue = 0; queue < queues_.receive; ++queue) {
            const std::uint16_t count = rte_eth_rx_burst(port, queue, frames.data(), frames.size());
            rte_pktmbuf_free_bulk(frames.data(), count);
            anything = anything || count > 0;
        }
        for (std::uint16_t queue = 0; queue < queues_.transmit; ++queue) {
            // Sending nothing makes AF_XDP look for what the kernel has finished with.
            rte_eth_tx_burst(port, queue, frames.data(), 0);
            rte_eth_tx_done_cleanup(port, queue, 0);
        }
        if (!anything) {
            if (!traits_.keeps_packets || round > 4) {
                return;
            }
            usleep(kDrainPauseUs);
        }
    }
}

Device::~Device() {
    if (!is_open_) {
        return;
    }
    const std::uint16_t port = static_cast<std::uint16_t>(id_);
    rte_eth_dev_stop(port);
    rte_eth_dev_close(port);
    if (name_.starts_with("net_")) {
        rte_eal_hotplug_remove("vdev", name_.c_str());
    }
}

}  // namespace sluice::device
