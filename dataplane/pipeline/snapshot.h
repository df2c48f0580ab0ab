// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "acl/program/program.h"
#include "conntrack/settings.h"
#include "dataplane/base/ids.h"
#include "dataplane/net/address.h"
#include "dataplane/net/family.h"
#include "dataplane/pipeline/wall_clock.h"
#include "dataplane/route/adjacency.h"
#include "dataplane/route/fib.h"
#include "nat/served_ports.h"

/// Everything that workers read and that only a change of configuration changes.
///
/// The control thread builds a new snapshot, publishes the pointer, waits until every worker has passed a quiescent
/// state and frees the old one. Parts that did not change are shared between snapshots; whoever made them owns them.
namespace sluice::pipeline {

template <net::Family F>
class RuleState;

/// One of the router's interfaces: a device, or a VLAN on one.
struct Interface {
    base::InterfaceId id = base::kNoInterface;
    std::string name;
    base::DeviceId device{};
    std::uint16_t vlan = 0;  ///< 802.1Q id; 0: untagged
    net::MacAddress mac;
    std::uint16_t mtu = 1500;
    std::vector<net::Ipv4Prefix> addresses;
    // effective values of net.ipv4.conf.<interface>.*
    std::uint8_t rp_filter = 0;  ///< 0 off, 1 strict, 2 loose
    bool forwarding = true;
    bool send_redirects = true;
    bool hides_sources = false;  ///< [conntrack] strict: its packets have their sources translated, or do not leave
};

/// The sysctls of the packet path, with the kernel's names, units and defaults (ip-sysctl.rst).
struct Sysctls {
    std::uint8_t ip_default_ttl = 64;
    std::uint32_t icmp_ratelimit_ms = 1000;       ///< least time between errors to one destination
    std::uint32_t icmp_ratemask = 6168;           ///< types that the limit applies to
    std::uint32_t icmp_msgs_per_sec = 1000;       ///< 10000 from Linux 6.19 on
    std::uint32_t icmp_msgs_burst = 50;
    bool icmp_echo_ignore_all = false;
    bool icmp_echo_ignore_broadcasts = true;
    bool icmp_errors_use_inbound_ifaddr = false;
    std::uint32_t ipfrag_time_s = 30;
    std::uint64_t ipfrag_high_thresh_bytes = 4U << 20U;
};

/// What finds an interface for an arriving frame: device and VLAN id.
class InterfaceMap {
public:
    /// Devices are few and numbered densely; VLAN ids 0..4095.
    void add(base::DeviceId device, std::uint16_t vlan, base::InterfaceId interface) {
        const std::size_t row = base::index_of(device);
        if (rows_.size() <= row) {
            rows_.resize(row + 1);
        }
        if (rows_[row].empty()) {
            rows_[row].assign(4096, base::kNoInterface);
        }
        rows_[row][vlan] = interface;
    }
    [[nodiscard]] base::InterfaceId find(base::DeviceId device, std::uint16_t vlan) const noexcept {
        const std::size_t row = base::index_of(device);
        return row < rows_.size() && !rows_[row].empty() ? rows_[row][vlan & 0xfffU] : base::kNoInterface;
    }

private:
    std::vector<std::vector<base::InterfaceId>> rows_;
};

/// Immutable once published; see above. Generations only grow.
template <net::Family F>
struct Snapshot {
    std::uint32_t rule_generation = 1;   ///< raised when rules, interfaces or addresses change: paths end
    std::uint32_t route_generation = 1;  ///< raised when routes change or an adjacency's number is freed
    std::vector<Interface> interfaces;   ///< indexed by InterfaceId
    InterfaceMap interface_of;
    const route::Fib<F>* fib = nullptr;
    const acl::Program<F>* program = nullptr;
    /// A slice a worker: counters and paths of this ruleset; see rule_state.h.
    std::array<RuleState<F>*, base::kMaxWorkers> rule_states{};
    Sysctls sysctls;
    conntrack::Settings tracking;
    /// By the number of a timeout policy (CT --timeout); a policy that is not there is gone, and `tracking` holds.
    std::vector<conntrack::Settings> tracking_by_policy;
    std::optional<nat::ServedPorts> served;  ///< [conntrack] strict: what no inside host gets; else none
    std::uint64_t boot_secret = 0;
    const WallClock* wall_clock = nullptr;  ///< none: UTC is 1970 when the workers' clock begins

    [[nodiscard]] std::uint64_t utc_ns(std::uint64_t now_ns) const noexcept {
        return wall_clock == nullptr ? now_ns : wall_clock->utc_ns(now_ns);
    }

    /// In: of the connection, or of the rule that a packet without one has met; 0: none.
    [[nodiscard]] const conntrack::Settings& tracking_of(std::uint8_t policy) const noexcept {
        return policy < tracking_by_policy.size() ? tracking_by_policy[policy] : tracking;
    }
    [[nodiscard]] const Interface& interface(base::InterfaceId id) const noexcept {
        return interfaces[base::index_of(id)];
    }
};

}  // namespace sluice::pipeline
