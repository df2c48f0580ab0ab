// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ctrlplane/config/checked_config.h"
#include "ctrlplane/snapshot/describe.h"
#include "dataplane/device/device.h"
#include "dataplane/device/eal.h"
#include "dataplane/device/pool.h"
#include "dataplane/device/queue_plan.h"

namespace sluice::ctrlplane {

/// What the configuration takes of the machine: DPDK, one pool of packets, the devices, and who polls which queue.
///
/// Life: opened once, before the workers; closed after them. Threads: the control thread.
class Machine {
public:
    /// Errors: what EAL, the pool or a device has to say, the first one.
    static base::Result<Machine> open(const config::CheckedConfig& config);
    Machine(Machine&&) = default;
    Machine& operator=(Machine&&) = delete;

    /// By InterfaceId; a VLAN's is its parent's.
    [[nodiscard]] std::span<const OpenedDevice> opened() const noexcept { return opened_; }
    [[nodiscard]] std::span<const device::Device> devices() const noexcept { return devices_; }
    /// The device that carries an interface.
    [[nodiscard]] const device::Device& device_of(base::InterfaceId interface) const noexcept;
    /// By WorkerId.
    [[nodiscard]] std::span<const device::WorkerQueues> plan() const noexcept { return plan_; }
    [[nodiscard]] rte_mempool* pool() const noexcept { return pool_->get(); }
    [[nodiscard]] std::uint32_t packets_in_use() const noexcept { return pool_->in_use(); }
    [[nodiscard]] std::uint32_t packets() const noexcept { return packets_; }

    /// Closes the devices and counts: how many packets did not come back? No worker runs any more.
    [[nodiscard]] std::uint32_t close_devices();

private:
    explicit Machine(device::Eal eal) : eal_(std::move(eal)) {}
    base::Result<void> open_pool(const config::CheckedConfig& config, std::span<const device::DeviceOptions> options);
    base::Result<void> open_devices(const config::CheckedConfig& config,
                                    std::span<const device::DeviceOptions> options);

    // In this order, so that devices go before the packets that they hold, and these before DPDK.
    device::Eal eal_;
    std::optional<device::PacketPool> pool_;
    std::vector<device::Device> devices_;
    std::vector<OpenedDevice> opened_;
    std::vector<std::size_t> device_index_;  ///< of devices_, by InterfaceId
    std::vector<device::WorkerQueues> plan_;
    std::uint32_t packets_ = 0;
};

}  // namespace sluice::ctrlplane
