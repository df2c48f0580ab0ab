// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ctrlplane/control/router_view.h"

namespace sluice::ctrlplane::control::test {

/// A router of plain values: two interfaces and a VLAN, routes of each kind, one worker, a few rules; no
/// device and no DPDK behind it. Connections are real.
class FakeRouter {
public:
    FakeRouter();

    [[nodiscard]] RouterView view();
    /// A confirmed UDP connection 10.0.0.5:`port` -> 8.8.8.8:53, answered or not.
    void add_connection(std::uint16_t port, bool answered = false);

    pipeline::WorkerStats stats{3};
    std::unique_ptr<conntrack::Table<net::Ipv4>> connections;
    std::vector<InterfaceView> interfaces;
    std::vector<route::Route<net::Ipv4>> routes;
    std::vector<NeighborView<net::Ipv4>> neighbors;
    acl::Ruleset<net::Ipv4> ruleset;
    std::uint64_t now_ns = 90'061'000'000'000;  ///< a day, an hour, a minute and a second
    std::string reload_fault;                   ///< what reload is refused for; empty: it is done
    int reloads = 0;
    int drafts = 0;
    int changes = 0;           ///< rulesets that were loaded
    std::string change_fault;  ///< what a new ruleset is refused for
    RulesFile rules_file;
    TraceTail traced;
    std::uint64_t utc_ns = 1'795'263'633'000'000'000;
    bool has_time_stamps = false;
    conntrack::EventRings<net::Ipv4> event_rings{2};
    EventTail events{event_rings};
    acl::sets::SetBook sets;
    acl::keyed::Book keyed{base::Random(3)};
};

}  // namespace sluice::ctrlplane::control::test
