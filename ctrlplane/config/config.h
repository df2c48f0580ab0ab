// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "conntrack/timeout_policy.h"
#include "ctrlplane/config/located.h"
#include "ctrlplane/config/source_text.h"
#include "ctrlplane/config/sysctl.h"
#include "dataplane/net/address.h"

/// What a configuration file says, section by section, as plain values.
///
/// Every value is by itself right here (its type, its range, its form) and defaults are filled in; what was
/// not right has been reported and is absent, so that the rest can still be checked. Whether the values fit
/// together is not known yet. That is what CheckedConfig adds.
namespace sluice::ctrlplane::config {

/// What a worker does with nothing to do.
enum class Idle : std::uint8_t { spin, pause, sleep };

/// [runtime]
struct Runtime {
    Located<unsigned> main_core;
    std::vector<Located<unsigned>> worker_cores = {{1, {}}};
    bool hugepages = true;
    std::uint64_t memory_bytes = std::uint64_t{1} << 30U;  ///< whole MiB
    Idle idle = Idle::spin;
    bool short_way = true;
    Located<std::string> control_socket{"/run/sluice/control.sock", {}};
    std::vector<std::string> eal_args;
};

/// What carries the frames of an interface.
struct Device {
    enum class Kind : std::uint8_t {
        pci,   ///< `name` is DDDD:BB:DD.F in lower case
        vdev,  ///< `name` is the driver, or an instance of it with a number at its end: net_null, net_null0
    };
    Kind kind = Kind::vdev;
    std::string name;
    std::string arguments;  ///< what follows the first comma: "iface=eth1"

    /// As DPDK takes it after -a or --vdev.
    [[nodiscard]] std::string text() const { return arguments.empty() ? name : name + "," + arguments; }
    bool operator==(const Device&) const = default;
};

/// [[interface]]
struct Interface {
    base::Location where;
    Located<std::string> name;              ///< empty: there was none
    std::optional<Located<Device>> device;  ///< none: a VLAN on `parent`
    std::vector<Located<net::Ipv4Prefix>> addresses;
    std::optional<Located<net::MacAddress>> mac;
    std::optional<Located<std::uint16_t>> mtu_bytes;
    std::optional<Located<std::uint16_t>> rx_queues;
    std::optional<Located<std::uint16_t>> vlan;
    std::optional<Located<std::string>> parent;
};

/// What becomes of a packet that a route takes.
enum class RouteKind : std::uint8_t { unicast, blackhole, unreachable, prohibit };

/// [[route]]
struct Route {
    base::Location where;
    std::optional<Located<net::Ipv4Prefix>> to;
    RouteKind kind = RouteKind::unicast;
    std::vector<Located<net::Ipv4Address>> via;  ///< several: an ECMP group
    std::optional<Located<std::string>> interface;
};

/// [[neighbor]]
struct Neighbor {
    base::Location where;
    std::optional<Located<net::Ipv4Address>> address;
    std::optional<Located<net::MacAddress>> mac;
    std::optional<Located<std::string>> interface;
};

/// One string of [firewall.TABLE]: what follows `-A CHAIN`. Not parsed here.
struct RuleText {
    std::string text;
    StringPlaces places;  ///< where each byte of `text` stands in the file
};

/// The policy of a built-in chain.
struct PolicyText {
    std::string chain;
    std::string target;  ///< ACCEPT or DROP
    base::Location where;
};

/// A chain of [firewall.TABLE]: one of the table's own, or a user's.
struct ChainText {
    std::string name;
    base::Location where;
    std::vector<RuleText> rules;
};

/// [firewall.TABLE]
struct TableText {
    std::string name;  ///< nat or filter
    base::Location where;
    std::vector<PolicyText> policies;
    std::vector<ChainText> chains;  ///< in the order of the file
};

/// `[firewall] rules`: an iptables-save file, not parsed here.
struct RulesFile {
    std::string path;  ///< relative ones as seen from the configuration's folder
    std::string text;
    base::Location where;  ///< of the path in the configuration
};

/// A word of [ipset.NAME] that the language of ipset has to judge.
struct SetWord {
    std::string text;
    base::Location where;
};

/// [ipset.NAME]
struct IpsetSection {
    std::string name;
    base::Location where;
    SetWord type;
    SetWord options;  ///< what follows the type in `ipset create`
    std::vector<SetWord> elements;
    std::optional<RulesFile> file;  ///< an element a line
};

/// [firewall]. No table stands both in the file and in `tables`.
struct Firewall {
    std::optional<RulesFile> rules;
    std::optional<RulesFile> sets;  ///< an `ipset save` file
    std::vector<TableText> tables;
};

/// One setting of [sysctl] for an interface that is named in it.
struct InterfaceSetting {
    Located<std::string> interface;
    std::optional<std::uint32_t> ConfSettings::*field = nullptr;  ///< null: accepted, and changes nothing
    std::uint32_t value = 0;
};

/// [sysctl]
struct SysctlSection {
    Sysctls values;
    ConfSettings all;
    ConfSettings preset;  ///< conf.default: what an interface starts with
    std::vector<InterfaceSetting> interfaces;
};

/// [conntrack.timeout.NAME]: what `CT --timeout NAME` gives to connections of a protocol.
struct TimeoutPolicy {
    struct State {
        std::uint32_t conntrack::Timeouts::*field = nullptr;
        std::uint32_t seconds = 0;
        bool operator==(const State&) const = default;
    };
    Located<std::string> name;
    std::uint8_t protocol = conntrack::kGenericProtocol;
    std::vector<State> timeouts;  ///< those that are written; the others are as in [sysctl]
};

/// [conntrack].
struct Tracking {
    bool strict = false;        ///< safer than the kernel where it costs nothing (REQUIREMENTS CT-7, NAT-11, NAT-12)
    bool rfc_timeouts = false;  ///< timeouts of RFC 4787, 5382, 5508 and 7857 where [sysctl] says nothing
    std::vector<TimeoutPolicy> timeouts;
};

/// [nflog]: where NFLOG keeps packets, besides the log.
struct NflogFile {
    std::string path;
    std::uint64_t size_bytes = std::uint64_t{64} << 20U;  ///< at most, of one file
    unsigned files = 4;                                   ///< at most, with the elder ones
    bool operator==(const NflogFile&) const = default;
};

/// A whole file.
struct Config {
    std::string file;
    Runtime runtime;
    std::vector<Interface> interfaces;
    std::vector<Route> routes;
    std::vector<Neighbor> neighbors;
    Tracking tracking;
    SysctlSection sysctl;
    std::vector<IpsetSection> sets;
    Firewall firewall;
    std::optional<NflogFile> nflog;
};

}  // namespace sluice::ctrlplane::config
