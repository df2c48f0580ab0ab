// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/machine.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "dataplane/packet/batch.h"

namespace sluice::ctrlplane {
namespace {

/// Packets beside those in the devices' rings: for each worker those that wait for a neighbour, lie in the thread's
/// cache, in the outbox and in the ring of handed-over frames; for all, fragments.
constexpr std::uint32_t kPacketsPerWorker = 1024 + 512 + 512 + 4096;
constexpr std::uint32_t kPacketsForAll = 8192;

device::EalOptions eal_options(const config::CheckedConfig& config) {
    device::EalOptions options;
    const config::Runtime& runtime = config.runtime();
    options.main_core = runtime.main_core.value;
    for (const auto& core : runtime.worker_cores) {
        options.worker_cores.push_back(core.value);
    }
    options.hugepages = runtime.hugepages;
    options.memory_bytes = runtime.memory_bytes;
    options.file_prefix = device::file_prefix_for(runtime.control_socket.value);
    options.extra_arguments = runtime.eal_args;
    for (const config::CheckedInterface& interface : config.interfaces()) {
        if (interface.device && interface.device->value.kind == config::Device::Kind::pci) {
            options.pci_addresses.push_back(interface.device->value.name);
        }
    }
    return options;
}

/// The longest packet that an interface's device must take: a VLAN may have a larger MTU than its parent's own.
std::uint16_t device_mtu(const config::CheckedConfig& config, const config::CheckedInterface& interface) {
    std::uint16_t mtu = interface.mtu_bytes.value;
    for (const config::CheckedInterface& other : config.interfaces()) {
        if (other.parent == interface.id) {
            mtu = std::max(mtu, other.mtu_bytes.value);
        }
    }
    return mtu;
}

/// One for each interface that has a device of its own, in order.
std::vector<device::DeviceOptions> device_options(const config::CheckedConfig& config) {
    std::vector<device::DeviceOptions> all;
    for (const config::CheckedInterface& interface : config.interfaces()) {
        if (!interface.device) {
            continue;
        }
        const config::Device& device = interface.device->value;
        device::DeviceOptions& options = all.emplace_back();
        options.interface_name = interface.name;
        options.is_pci = device.kind == config::Device::Kind::pci;
        options.name = device.name;
        options.arguments = device.arguments;
        options.mtu_bytes = device_mtu(config, interface);
        options.workers = static_cast<std::uint16_t>(config.runtime().worker_cores.size());
        if (interface.mac) {
            options.mac = interface.mac->value;
        }
        for (const config::CheckedInterface& vlan : config.interfaces()) {
            options.takes_all_frames = options.takes_all_frames || (vlan.parent == interface.id && vlan.mac);
        }
        if (interface.rx_queues) {
            options.receive_queues = interface.rx_queues->value;
        }
    }
    return all;
}

}  // namespace

base::Result<Machine> Machine::open(const config::CheckedConfig& config) {
    auto eal = device::Eal::start(eal_options(config));
    if (!eal) {
        return tl::unexpected(eal.error());
    }
    Machine machine(std::move(*eal));
    const std::vector<device::DeviceOptions> options = device_options(config);
    if (auto opened = machine.open_pool(config, options); !opened) {
        return tl::unexpected(opened.error());
    }
    if (auto opened = machine.open_devices(config, options); !opened) {
        return tl::unexpected(opened.error());
    }
    return machine;
}

base::Result<void> Machine::open_pool(const config::CheckedConfig& config,
                                      std::span<const device::DeviceOptions> options) {
    device::PoolShape shape;
    shape.packets = kPacketsForAll +
                    kPacketsPerWorker * static_cast<std::uint32_t>(config.runtime().worker_cores.size());
    for (const device::DeviceOptions& one : options) {
        shape.packets += device::packets_in_rings(one);
        shape.room_bytes = std::max(shape.room_bytes,
                                    device::packet_room_bytes(one.name, one.arguments,
                                                              device::frame_bytes_for(one.mtu_bytes)));
        // A card that reads memory by physical addresses must not find a packet across two pages.
        shape.dense = shape.dense && !one.is_pci;
    }
    // The other half is for routes (twice, while they are replaced), rules and neighbours.
    const std::uint64_t affordable = config.runtime().memory_bytes / 2 / device::bytes_per_packet(shape);
    if (affordable < shape.packets) {
        spdlog::warn("[runtime] memory has room for {} packets, {} would serve all queues", affordable, shape.packets);
        shape.packets = static_cast<std::uint32_t>(affordable);
    }
    auto pool = device::PacketPool::create("packets", shape);
    if (!pool) {
        return tl::unexpected(pool.error());
    }
    packets_ = shape.packets;
    pool_.emplace(std::move(*pool));
    return {};
}

base::Result<void> Machine::open_devices(const config::CheckedConfig& config,
                                         std::span<const device::DeviceOptions> options) {
    devices_.reserve(options.size());
    for (const device::DeviceOptions& one : options) {
        auto device = device::Device::open(one, pool_->get());
        if (!device) {
            return tl::unexpected(device.error());
        }
        for (const std::string& note : device->notes()) {
            spdlog::info("interface {}: {}", one.interface_name, note);
        }
        devices_.push_back(std::move(*device));
    }
    std::size_t next = 0;
    for (const config::CheckedInterface& interface : config.interfaces()) {
        device_index_.push_back(interface.device ? next++ : 0);
    }
    for (const config::CheckedInterface& interface : config.interfaces()) {
        if (!interface.device) {
            device_index_[base::index_of(interface.id)] = device_index_[base::index_of(interface.parent)];
        }
        const device::Device& device = device_of(interface.id);
        opened_.push_back({device.id(), device.mac()});
    }
    // By DeviceId: DPDK may have given numbers to devices that are not ours.
    std::vector<device::QueueCounts> counts;
    for (const device::Device& device : devices_) {
        counts.resize(std::max<std::size_t>(counts.size(), base::index_of(device.id()) + 1), {0, 0});
        counts[base::index_of(device.id())] = device.queues();
    }
    plan_ = device::plan_queues(counts, static_cast<unsigned>(config.runtime().worker_cores.size()));
    return {};
}

const device::Device& Machine::device_of(base::InterfaceId interface) const noexcept {
    return devices_[device_index_[base::index_of(interface)]];
}

std::uint32_t Machine::close_devices() {
    std::uint32_t kept = 0;
    for (device::Device& device : devices_) {
        device.drain();
        kept += device.kept_packets();
    }
    devices_.clear();
    const std::uint32_t missing = pool_->in_use();
    return missing > kept ? missing - kept : 0;
}

}  // namespace sluice::ctrlplane
