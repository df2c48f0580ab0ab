// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <vector>

#include "acl/ruleset.h"
#include "ctrlplane/config/checked_config.h"
#include "dataplane/pipeline/snapshot.h"
#include "dataplane/route/connected.h"

/// From a checked configuration to the plain parts of a snapshot. What needs DPDK (the Fib, the Program) or the
/// machine (devices, their MACs) is given or made by the caller.
namespace sluice::ctrlplane {

/// What opening an interface's device has shown.
struct OpenedDevice {
    base::DeviceId device{};
    net::MacAddress mac;
};

/// The router's interfaces. `devices` is indexed as `config.interfaces()`; a VLAN's entry is its parent's.
[[nodiscard]] std::vector<pipeline::Interface> interfaces_of(const config::CheckedConfig& config,
                                                             std::span<const OpenedDevice> devices);

[[nodiscard]] pipeline::InterfaceMap map_of(std::span<const pipeline::Interface> interfaces);

/// The list for Fib::create: connected, local and configured routes.
[[nodiscard]] base::Result<std::vector<route::Route<net::Ipv4>>> routes_of(const config::CheckedConfig& config);

[[nodiscard]] pipeline::Sysctls sysctls_of(const config::CheckedConfig& config);
/// What rules ask of connections, so that they are given it even if no sysctl says so.
struct AskedOfConnections {
    bool accounts = false;  ///< what they have carried
    bool labels = false;
};
[[nodiscard]] conntrack::Settings tracking_of(const config::CheckedConfig& config, const AskedOfConnections& rules);

/// What `[conntrack] strict` takes from the rules.
void harden(pipeline::Snapshot<net::Ipv4>& snapshot, const acl::Ruleset<net::Ipv4>& rules);

/// Interface names by number, for compiling rules.
[[nodiscard]] std::vector<std::string> names_of(const config::CheckedConfig& config);

}  // namespace sluice::ctrlplane
