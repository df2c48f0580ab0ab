// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dataplane/base/result.h"

/// A network interface of the kernel that a driver of DPDK (AF_XDP, AF_PACKET) uses; asked and set by ioctl.
///
/// Threads: the control thread, before the device is opened.
namespace sluice::device {

class KernelLink {
public:
    /// Errors: there is no such interface in this network namespace.
    static base::Result<KernelLink> find(const std::string& name);

    /// Receive queues that the interface uses now: 1 where it does not say.
    [[nodiscard]] std::uint16_t combined_queues() const;
    [[nodiscard]] base::Result<void> set_up() const;
    [[nodiscard]] base::Result<void> set_mtu(std::uint16_t mtu_bytes) const;

private:
    explicit KernelLink(std::string name) : name_(std::move(name)) {}
    std::string name_;
};

}  // namespace sluice::device
