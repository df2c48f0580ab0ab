// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "ctrlplane/config/checked_config.h"

/// One change to a running configuration, as ip(8) and sysctl(8) make it. The file is not touched, and a reload
/// goes back to it.
///
/// What comes out fits together as what the checker makes does, but for one thing that Linux lets be: the gateway of a
/// route may be on no network any more when an address has gone. A route is gone when its interface has lost its last
/// address. Errors are in the words of Linux and iproute2, where they have some.
namespace sluice::ctrlplane::config {

enum class Edit : std::uint8_t { add, change, replace, remove };

/// A route as a command names it.
struct RouteEdit {
    net::Ipv4Prefix to;
    std::optional<RouteKind> kind;     ///< none: a route to somewhere, or, to remove, of any kind
    std::vector<CheckedNextHop> hops;  ///< an interface that is not named is found by the gateway; to remove: those it must have
};

class ConfigEdit {
public:
    using Done = tl::expected<void, std::string>;

    explicit ConfigEdit(const CheckedConfig& running) : config_(running) {}

    Done address(Edit edit, base::InterfaceId interface, net::Ipv4Prefix address);
    Done route(Edit edit, RouteEdit route);
    /// In: `mac`, not needed to remove.
    Done neighbor(Edit edit, base::InterfaceId interface, net::Ipv4Address address, std::optional<net::MacAddress> mac);
    /// In: a name in any of sysctl's spellings.
    Done sysctl(std::string_view name, std::string_view value);

    [[nodiscard]] CheckedConfig take() && { return std::move(config_); }

private:
    using Addresses = std::vector<Located<net::Ipv4Prefix>>;

    [[nodiscard]] Addresses& addresses_of(base::InterfaceId interface) {
        return config_.interfaces_[base::index_of(interface)].addresses;
    }
    Done add_address(base::InterfaceId interface, net::Ipv4Prefix address, bool may_exist);
    Done remove_address(base::InterfaceId interface, net::Ipv4Prefix address);
    [[nodiscard]] bool is_own(net::Ipv4Address address) const;
    [[nodiscard]] bool is_connected(net::Ipv4Prefix network) const;
    [[nodiscard]] base::InterfaceId interface_towards(net::Ipv4Address gateway, base::InterfaceId wanted) const;
    Done complete(CheckedNextHop& hop) const;
    void apply_interface_sysctls();

    CheckedConfig config_;
};

/// `NAME = VALUE` of all that [sysctl] knows and that is in force, sorted by name; conf.SCOPE.* too.
struct SysctlValue {
    std::string name;
    std::uint32_t value = 0;
};
[[nodiscard]] std::vector<SysctlValue> sysctl_values(const CheckedConfig& config);

}  // namespace sluice::ctrlplane::config
