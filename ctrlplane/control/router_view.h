// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "acl/keyed/book.h"
#include "acl/ruleset.h"
#include "acl/sets/book.h"
#include "acl/text/counts.h"
#include "conntrack/settings.h"
#include "conntrack/table.h"
#include "ctrlplane/config/config_edit.h"
#include "ctrlplane/event_tail.h"
#include "ctrlplane/neighbors/neighbors.h"
#include "ctrlplane/trace_tail.h"
#include "dataplane/device/device.h"
#include "dataplane/net/family.h"
#include "dataplane/pipeline/snapshot.h"
#include "dataplane/pipeline/stats.h"
#include "dataplane/route/fib.h"

/// The router as the control socket sees it: all that it may ask, and the little that it may have done.
///
/// The runtime fills it in; a test fills it in with values of its own, without devices or DPDK's start.
namespace sluice::ctrlplane::control {

struct WorkerView {
    unsigned core = 0;
    const pipeline::WorkerStats* stats = nullptr;
};

/// An interface, and its device as it is at this moment. A VLAN has its parent's device.
struct InterfaceView {
    pipeline::Interface interface;
    std::string parent;  ///< name of a VLAN's parent; empty: it has a device of its own
    std::string device;  ///< as DPDK names it
    std::string driver;
    device::QueueCounts queues;
    device::DeviceStatus status;
    device::DeviceCounters counters;
};

/// Packets of all pools.
struct PacketMemory {
    std::uint64_t in_use = 0;
    std::uint64_t total = 0;
};

/// Remembered paths of the loaded ruleset.
struct PathFigures {
    std::uint64_t recorded = 0;
    std::uint64_t unrecorded = 0;  ///< walks that found no room
};

/// Where the rules were read from.
struct RulesFile {
    std::string path;                 ///< of [firewall] rules; empty: there is none
    std::vector<std::string> tables;  ///< that the configuration itself defines: at a start they win over the file's
};

/// Threads: everything is called on the control thread; nothing may block. What a call returns by reference
/// or span stays good until the control thread goes back to its loop.
struct RouterView {
    using F = net::Ipv4;

    std::string version;
    std::string config_file;
    std::uint64_t tsc_hz = 1;                    ///< of `busy_cycles`
    conntrack::Table<F>* connections = nullptr;  ///< never null when the server runs
    std::function<std::uint64_t()> now_ns;       ///< on the workers' clock, 0 when the router started
    std::function<std::uint64_t()> utc_ns = [] { return std::uint64_t{0}; };  ///< of the clock on the wall, at `now_ns`
    std::function<bool()> has_time_stamps = [] { return false; };  ///< nf_conntrack_timestamp
    std::function<conntrack::Settings()> tracking = [] { return conntrack::Settings{}; };  ///< in force
    EventTail* events = nullptr;  ///< what happens to connections, while somebody listens; null: nobody keeps that
    std::function<std::vector<WorkerView>()> workers;
    std::function<std::vector<InterfaceView>()> interfaces;    ///< by InterfaceId
    std::function<std::span<const route::Route<F>>()> routes;  ///< as Fib::routes()
    std::function<std::vector<NeighborView<F>>()> neighbors;
    std::function<const acl::Ruleset<F>&()> ruleset;
    std::function<acl::text::Counts()>
        counts;  ///< all workers' counters and those carried over; see rule_counts.h
    /// A copy of the ruleset to be edited (Rule::counter), and the way to load it: all of it at one instant, or
    /// why not.
    std::function<acl::Ruleset<F>()> draft;
    std::function<tl::expected<void, base::Diagnostics>(acl::Ruleset<F>)> change_rules;
    /// A command of ipset(8), and a file of them until the first that is wrong.
    std::function<acl::sets::Expected<acl::sets::SetBook::Answer>(std::span<const acl::sets::Word>)> change_sets;
    std::function<tl::expected<void, base::Diagnostic>(std::string_view text, const std::string& file, bool exist)>
        restore_sets;
    /// The sets as they are; none: there are none to look at.
    std::function<const acl::sets::SetBook*()> sets = [] { return static_cast<const acl::sets::SetBook*>(nullptr); };
    acl::keyed::Book* keyed = nullptr;  ///< what rules know by name, with the lists of `recent`; null: nothing
    std::function<RulesFile()> rules_file;
    std::function<PathFigures()> paths;
    std::function<PacketMemory()> packet_memory;
    /// The lines of TRACE that came last, if there is anything that keeps them.
    const TraceTail* traced = nullptr;
    std::function<std::uint64_t()> nflog_lost = [] { return std::uint64_t{0}; };  ///< packets that its file could not take
    /// One change to addresses, routes, neighbours or sysctls; and the sysctls as they are.
    using ConfigChange = std::function<config::ConfigEdit::Done(config::ConfigEdit&)>;
    std::function<config::ConfigEdit::Done(const ConfigChange&)> change_config = [](const ConfigChange&) {
        return config::ConfigEdit::Done(tl::unexpected<std::string>("there is nothing to change"));
    };
    std::function<std::vector<config::SysctlValue>()> sysctls = [] { return std::vector<config::SysctlValue>(); };
    /// Forgets a neighbour that was learnt; false: there is none.
    std::function<bool(base::InterfaceId, net::Ipv4Address)> forget_neighbor = [](base::InterfaceId, net::Ipv4Address) {
        return false;
    };
    /// Reads the configuration again: a sentence of what has been done, or why it was refused, one fault a
    /// line.
    std::function<tl::expected<std::string, std::string>()> reload;
};

}  // namespace sluice::ctrlplane::control
