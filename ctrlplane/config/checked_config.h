// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ctrlplane/config/config.h"
#include "ctrlplane/config/read_file.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/result.h"

/// A configuration that fits together: the last form before the snapshot.
///
///     text --parse_toml--> Value --read_config--> Config --Checker--> CheckedConfig --> snapshot
///
/// Whoever holds a CheckedConfig may rely on this: names and devices are unique, every name that is mentioned
/// exists, every gateway is on a network of the interface that its next hop names, VLANs have a parent that
/// has a device. What depends on the machine (cores, devices, free memory) is not known here; see
/// core_faults.
namespace sluice::ctrlplane::config {

/// An interface with what it inherits filled in. Its InterfaceId is its place in the file.
struct CheckedInterface {
    base::InterfaceId id = base::kNoInterface;
    base::Location where;
    std::string name;
    std::optional<Located<Device>> device;  ///< none: a VLAN
    std::vector<Located<net::Ipv4Prefix>> addresses;
    std::optional<Located<net::MacAddress>> mac;  ///< none: the device's, or the parent's
    Located<std::uint16_t> mtu_bytes;             ///< 1500, or the parent's, where nothing was written
    std::optional<Located<std::uint16_t>> rx_queues;
    std::uint16_t vlan = 0;                         ///< 802.1Q id; 0: none
    base::InterfaceId parent = base::kNoInterface;  ///< of a VLAN
    ConfSettings own_sysctls;                       ///< conf.NAME, as written
    InterfaceSysctls sysctls;                       ///< effective: conf.all, conf.default and its own
};

/// One way out of a route.
struct CheckedNextHop {
    std::optional<net::Ipv4Address> via;  ///< none: the destination itself is on the link
    base::InterfaceId interface = base::kNoInterface;
    base::Location where;
};

struct CheckedRoute {
    base::Location where;
    net::Ipv4Prefix to;  ///< no bits beyond its length
    RouteKind kind = RouteKind::unicast;
    std::vector<CheckedNextHop> hops;  ///< empty unless unicast
};

struct CheckedNeighbor {
    base::Location where;
    net::Ipv4Address address;
    net::MacAddress mac;
    base::InterfaceId interface = base::kNoInterface;
};

/// Only the checker can make one, and a ConfigEdit change it.
class CheckedConfig {
public:
    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    [[nodiscard]] const Runtime& runtime() const noexcept { return runtime_; }
    /// Indexed by InterfaceId.
    [[nodiscard]] std::span<const CheckedInterface> interfaces() const noexcept { return interfaces_; }
    [[nodiscard]] std::span<const CheckedRoute> routes() const noexcept { return routes_; }
    [[nodiscard]] std::span<const CheckedNeighbor> neighbors() const noexcept { return neighbors_; }
    [[nodiscard]] const Sysctls& sysctls() const noexcept { return sysctls_; }
    [[nodiscard]] const ConfSettings& conf_all() const noexcept { return conf_all_; }        ///< conf.all
    [[nodiscard]] const ConfSettings& conf_preset() const noexcept { return conf_preset_; }  ///< conf.default
    [[nodiscard]] const Tracking& tracking() const noexcept { return tracking_; }
    [[nodiscard]] std::span<const IpsetSection> sets() const noexcept { return sets_; }
    [[nodiscard]] const Firewall& firewall() const noexcept { return firewall_; }
    [[nodiscard]] const std::optional<NflogFile>& nflog() const noexcept { return nflog_; }

    [[nodiscard]] const CheckedInterface& interface(base::InterfaceId id) const noexcept {
        return interfaces_[base::index_of(id)];
    }
    [[nodiscard]] const CheckedInterface* find_interface(std::string_view name) const noexcept;

private:
    friend class Checker;
    friend class ConfigEdit;
    CheckedConfig() = default;

    std::string file_;
    Runtime runtime_;
    std::vector<CheckedInterface> interfaces_;
    std::vector<CheckedRoute> routes_;
    std::vector<CheckedNeighbor> neighbors_;
    Sysctls sysctls_;
    ConfSettings conf_all_;
    ConfSettings conf_preset_;
    Tracking tracking_;
    std::vector<IpsetSection> sets_;
    Firewall firewall_;
    std::optional<NflogFile> nflog_;
};

/// A configuration, where there was no error, and all that is to be said about it.
struct LoadedConfig {
    std::optional<CheckedConfig> config;
    base::Diagnostics diagnostics;  ///< by line and column; warnings too
};

/// Reads and checks the file at `path`, and the rules file that it names.
/// Threads: control; it may block on the disk.
[[nodiscard]] LoadedConfig load_config(const std::string& path);

/// The same for a text. `file` stands in the messages, and rules files are relative to its folder.
[[nodiscard]] LoadedConfig check_config(std::string_view text, const std::string& file,
                                        const FileReader& read_file = read_regular_file);

}  // namespace sluice::ctrlplane::config
