// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ctrlplane/config/checked_config.h"
#include "ctrlplane/config/faults.h"

namespace sluice::ctrlplane::config {

/// Makes a CheckedConfig of a Config, or reports why there can be none. To be used once.
class Checker {
public:
    explicit Checker(Faults& faults) : faults_(&faults) {}

    /// Nothing when anything at all, here or in reading, was an error.
    std::optional<CheckedConfig> check(Config config);

private:
    /// A network that is reached without a gateway: one of an interface's, or of a route with `dev` alone.
    /// Keyed by length and network, so that longer prefixes can be asked for first.
    using OnLinkKey = std::pair<unsigned, std::uint32_t>;

    // interfaces (check_interfaces.cpp)
    void check_interfaces(std::vector<Interface> interfaces);
    void check_devices();
    void check_vlans(const std::vector<Interface>& interfaces);
    void inherit_mtu();
    void check_addresses();
    void apply_sysctls(const SysctlSection& sysctl);

    // routes and neighbours (check_routes.cpp)
    void check_routes(const std::vector<Route>& routes);
    void collect_on_link(const std::vector<Route>& routes);
    void check_destination(const Located<net::Ipv4Prefix>& to, std::map<OnLinkKey, base::Location>& seen);
    void add_route(const Route& route);
    [[nodiscard]] std::optional<base::InterfaceId> interface_towards(const Located<net::Ipv4Address>& via,
                                                                     std::optional<base::InterfaceId> wanted);
    void check_neighbors(const std::vector<Neighbor>& neighbors);

    /// The interface of a name, or a report with the nearest one. `who` begins the message: "dev".
    [[nodiscard]] std::optional<base::InterfaceId> find(const Located<std::string>& name,
                                                        std::string_view who);
    [[nodiscard]] const std::string& name_of(base::InterfaceId id) const {
        return checked_.interface(id).name;
    }

    Faults* faults_;
    CheckedConfig checked_;
    std::map<std::string, base::InterfaceId, std::less<>> by_name_;
    std::map<OnLinkKey, std::vector<base::InterfaceId>> on_link_;
    std::map<OnLinkKey, base::InterfaceId> connected_;  ///< those of interfaces alone
    std::map<net::Ipv4Address, base::InterfaceId> own_addresses_;
};

/// `line 12`: where the other one of two stands.
[[nodiscard]] std::string line_of(const base::Location& where);

}  // namespace sluice::ctrlplane::config
