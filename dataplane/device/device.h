// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/base/result.h"
#include "dataplane/device/queue_plan.h"
#include "dataplane/device/vdev.h"
#include "dataplane/net/address.h"

struct rte_mempool;

/// DPDK's devices, from a configuration's words to running queues.
///
/// Life: `open` probes a virtual device or finds a PCI one that EAL has probed, sets up its queues and starts it;
/// the destructor drains, stops and closes it. Queues are polled by workers in between; see queue_plan.h for whose
/// is which.
namespace sluice::device {

struct DeviceOptions {
    std::string interface_name;  ///< for messages, and for the name of a virtual device
    bool is_pci = false;
    std::string name;       ///< PCI address, or driver: "net_af_xdp"
    std::string arguments;  ///< "iface=eth1"
    std::optional<net::MacAddress> mac;
    bool takes_all_frames = false;  ///< a VLAN on it has a MAC address of its own
    std::uint16_t mtu_bytes = 1500;
    std::optional<std::uint16_t> receive_queues;  ///< none: one a worker, where the device has them
    std::uint16_t workers = 1;
};

/// What a device says of itself at this moment.
struct DeviceStatus {
    bool link_up = false;
    std::uint32_t speed_mbps = 0;  ///< 0: unknown
};

/// What a device has counted; frames and bytes as the driver counts them.
struct DeviceCounters {
    std::uint64_t received = 0, received_bytes = 0, sent = 0, sent_bytes = 0;
    std::uint64_t missed = 0;    ///< came while the receive ring was full
    std::uint64_t no_packet = 0; ///< came while the pool was empty
    std::uint64_t receive_errors = 0, send_errors = 0;
};

/// Packets that a device may hold in its rings at once; what its pool must have for it.
[[nodiscard]] std::uint32_t packets_in_rings(const DeviceOptions& options) noexcept;

/// The longest frame of an interface: Ethernet, one VLAN tag, checksum.
[[nodiscard]] constexpr std::uint32_t frame_bytes_for(std::uint16_t mtu_bytes) noexcept {
    return std::uint32_t{mtu_bytes} + 14 + 4 + 4;
}

class Device {
public:
    /// Errors: no such device, a driver that refuses, queues or MTU that it does not have; each names the interface.
    static base::Result<Device> open(const DeviceOptions& options, rte_mempool* pool);
    ~Device();
    Device(Device&& other) noexcept;
    Device& operator=(Device&&) = delete;
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    [[nodiscard]] base::DeviceId id() const noexcept { return id_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& driver() const noexcept { return driver_; }
    [[nodiscard]] net::MacAddress mac() const noexcept { return mac_; }
    [[nodiscard]] QueueCounts queues() const noexcept { return queues_; }
    /// What the operator should know of how it was opened (fewer queues than asked for, no own MAC address).
    [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }

    /// Threads: any. Cost: a system call for some drivers.
    [[nodiscard]] DeviceStatus status() const;
    [[nodiscard]] DeviceCounters counters() const;

    /// Takes in what the device still holds of our packets, as far as it gives them back. No worker polls any more.
    void drain();
    /// Packets that it has and never gives back (AF_XDP's fill ring).
    [[nodiscard]] std::uint32_t kept_packets() const noexcept { return kept_packets_; }

private:
    Device() = default;
    base::Result<void> configure(const DeviceOptions& options, rte_mempool* pool);
    base::Result<void> set_up_queues(rte_mempool* pool);
    base::Result<void> choose_mac(const DeviceOptions& options);
    base::Result<void> choose_mtu(const DeviceOptions& options);
    [[nodiscard]] base::Error fault(const std::string& what, int error) const;

    base::DeviceId id_{};
    std::string name_;
    std::string driver_;
    std::string interface_name_;
    DriverTraits traits_;
    net::MacAddress mac_;
    QueueCounts queues_;
    std::uint16_t receive_ring_ = 0, transmit_ring_ = 0;
    std::uint32_t kept_packets_ = 0;
    std::vector<std::string> notes_;
    bool is_open_ = false;
};

}  // namespace sluice::device
