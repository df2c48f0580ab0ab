// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/device/probe.h"

#include <fmt/core.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "dataplane/device/af_packet_fanout.h"
#include "dataplane/device/kernel_link.h"

namespace sluice::device {
namespace {

tl::unexpected<base::Error> failure_of(const DeviceOptions& options, const std::string& what) {
    return base::failure(fmt::format("interface {}: {}", options.interface_name, what));
}

/// Why EAL has not found a PCI device: what the kernel says of it.
std::string pci_advice(const std::string& address) {
    const std::filesystem::path device = "/sys/bus/pci/devices/" + address;
    std::error_code error;
    if (!std::filesystem::exists(device, error)) {
        return fmt::format("there is no PCI device {}; `dpdk-devbind.py --status` lists them", address);
    }
    const std::string driver = std::filesystem::read_symlink(device / "driver", error).filename();
    if (driver != "vfio-pci" && driver != "uio_pci_generic" && driver != "igb_uio") {
        return fmt::format("PCI device {} is bound to {}: bind it to vfio-pci (`dpdk-devbind.py -b vfio-pci {}`)",
                           address, driver.empty() ? "no driver" : "the kernel's driver " + driver, address);
    }
    return fmt::format("DPDK has no driver for PCI device {} or its driver refuses it; its own words stand above",
                       address);
}

base::Result<std::uint16_t> find_pci(const DeviceOptions& options) {
    for (std::uint64_t next = rte_eth_find_next(0); next < RTE_MAX_ETHPORTS;) {
        const auto port = static_cast<std::uint16_t>(next);
        rte_eth_dev_info info{};
        if (rte_eth_dev_info_get(port, &info) == 0 && rte_dev_name(info.device) == options.name) {
            return port;
        }
        next = rte_eth_find_next(static_cast<std::uint16_t>(port + 1));
    }
    return failure_of(options, pci_advice(options.name));
}

/// Queues that a driver gets which takes their number as an argument.
std::uint16_t queues_wanted(const DeviceOptions& options, const KernelLink* link) {
    const std::uint16_t wanted = options.receive_queues.value_or(options.workers);
    const bool has_channels = link != nullptr && options.name.starts_with("net_af_xdp");
    return has_channels ? std::min(wanted, link->combined_queues()) : wanted;
}

base::Result<std::uint16_t> add_vdev(const DeviceOptions& options) {
    const DriverTraits traits = traits_of(options.name);
    std::optional<KernelLink> link;
    if (traits.has_kernel_link) {
        const std::string name(argument(options.arguments, "iface"));
        if (name.empty()) {
            return failure_of(options, fmt::format("{} needs iface=NAME, an interface of the kernel", options.name));
        }
        auto found = KernelLink::find(name);
        if (!found) {
            return failure_of(options, found.error().message);
        }
        link = *found;
        for (const auto& done : {link->set_mtu(options.mtu_bytes), link->set_up()}) {
            if (!done) {
                return failure_of(options, done.error().message);
            }
        }
    }
    const std::uint16_t queues = queues_wanted(options, link ? &*link : nullptr);
    const std::string name = instance_name(options.name, options.interface_name);
    const std::string arguments =
        complete_arguments(options.name, options.arguments, queues, frame_bytes_for(options.mtu_bytes));
    std::uint16_t pairs = queues;
    if (const std::string_view given = argument(arguments, "qpairs"); !given.empty()) {
        std::from_chars(given.data(), given.data() + given.size(), pairs);
    }
    expect_af_packet_queues(pairs);
    const int added = rte_eal_hotplug_add("vdev", name.c_str(), arguments.c_str());
    std::uint16_t port = 0;
    if (added != 0 || rte_eth_dev_get_port_by_name(name.c_str(), &port) != 0) {
        return failure_of(options, fmt::format("DPDK cannot open {},{}: {}; its own words stand above", name, arguments,
                                               added != 0 ? rte_strerror(-added) : "it is no network device"));
    }
    return port;
}

}  // namespace

base::Result<std::uint16_t> probe(const DeviceOptions& options) {
    return options.is_pci ? find_pci(options) : add_vdev(options);
}

}  // namespace sluice::device
