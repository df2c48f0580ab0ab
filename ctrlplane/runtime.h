// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "acl/keyed/book.h"
#include "acl/ruleset.h"
#include "acl/sets/book.h"
#include "conntrack/event_rings.h"
#include "conntrack/table.h"
#include "ctrlplane/config/checked_config.h"
#include "ctrlplane/config/config_edit.h"
#include "ctrlplane/event_loop.h"
#include "ctrlplane/event_tail.h"
#include "ctrlplane/machine.h"
#include "ctrlplane/neighbors/neighbors.h"
#include "ctrlplane/packet_teller.h"
#include "ctrlplane/rule_book.h"
#include "ctrlplane/snapshot/timeout_policies.h"
#include "ctrlplane/workforce.h"
#include "dataplane/pipeline/snapshot.h"
#include "dataplane/route/fib.h"

/// The running router as the control thread has it: it owns everything, and it alone changes anything.
///
///   config ──▶ Machine (DPDK, pool, devices) ──▶ Workforce (workers) ◀── snapshot ◀── RuleBook, Fib, interfaces
///                                                     │ requests
///   neighbours, connections ◀── every tick ───────────┘
///
/// A change (reload, a freed neighbour number) makes a new snapshot, publishes it by one pointer, and puts what the
/// old one held on a list with a grace period; a tick frees it when every worker has passed a quiescent state.
/// A reload alone waits for the grace period of an earlier one, a millisecond, so that there are never three tables of
/// routes at a time.
///
/// Threads: the control thread, which is DPDK's main lcore.
namespace sluice::ctrlplane {

class Runtime {
public:
    using F = net::Ipv4;  ///< IPv6 is refused by the configuration until it is built

    /// Starts DPDK, opens the devices and launches the workers: packets flow when it returns.
    /// Errors: what is missing or wrong, in a sentence.
    static base::Result<std::unique_ptr<Runtime>> start(config::CheckedConfig config, acl::Ruleset<F> ruleset,
                                                        EventLoop& loop);
    ~Runtime();
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;

    /// Stops the workers and closes the devices; logs `leaked N mbufs` where packets are missing.
    void stop();

    /// Reads the configuration file again and applies it: all or nothing; connections live on, and so do the
    /// counters of rules that did not change. Errors: all faults, a line each.
    tl::expected<void, std::vector<std::string>> reload();

    /// Loads what was made from `rules().draft()`, as one change: every packet sees the old rules or the new ones.
    /// Errors: all that the compiler refuses; nothing is changed then.
    tl::expected<void, base::Diagnostics> change_rules(acl::Ruleset<F> edited);

    /// Changes addresses, routes, neighbours or sysctls, as one change: every packet sees all of it or nothing. Until the next
    /// reload. Errors: what `change` says, or why the routes cannot be made; nothing is changed then.
    tl::expected<void, std::string> change_config(
        const std::function<config::ConfigEdit::Done(config::ConfigEdit&)>& change);

    /// Does a command of ipset(8). Errors: in its words.
    acl::sets::Expected<acl::sets::SetBook::Answer> change_sets(std::span<const acl::sets::Word> words);
    /// Does the lines of an `ipset save` file until the first that is wrong. Errors: that line.
    tl::expected<void, base::Diagnostic> restore_sets(std::string_view text, const std::string& file, bool exist);

    /// Forgets a neighbour that was learnt, not one of the configuration; false: there is none.
    bool forget_neighbor(base::InterfaceId interface, net::Ipv4Address address);

    // What is there, to be shown and asked.
    [[nodiscard]] const config::CheckedConfig& config() const noexcept { return config_; }
    [[nodiscard]] const pipeline::Snapshot<F>& snapshot() const noexcept { return *snapshot_; }
    [[nodiscard]] const RuleBook<F>& rules() const noexcept { return *rules_; }
    [[nodiscard]] const Machine& machine() const noexcept { return machine_; }
    [[nodiscard]] unsigned workers() const noexcept { return workforce_->size(); }
    [[nodiscard]] const acl::sets::SetBook& sets() const noexcept { return *sets_; }
    [[nodiscard]] const pipeline::WorkerStats& stats(unsigned worker) const noexcept {
        return workforce_->worker(worker).stats();
    }
    [[nodiscard]] conntrack::Table<F>& connections() noexcept { return *connections_; }
    /// What happens to them, while somebody listens.
    [[nodiscard]] EventTail& events() noexcept { return *events_; }
    /// What rules know by name.
    [[nodiscard]] acl::keyed::Book& keyed() noexcept { return shared_; }
    [[nodiscard]] Neighbors<F>& neighbors() noexcept { return *neighbors_; }
    [[nodiscard]] PacketTeller& teller() noexcept { return *teller_; }
    /// The workers' clock, now. Units: ns since the start.
    [[nodiscard]] std::uint64_t now_ns() const noexcept;
    [[nodiscard]] std::chrono::system_clock::time_point started() const noexcept { return started_; }
    [[nodiscard]] std::uint64_t reloads() const noexcept { return reloads_; }
    [[nodiscard]] EventLoop& loop() noexcept { return loop_; }

private:
    /// What waits until no worker can still use it.
    struct Deferred {
        std::uint64_t token = 0;
        std::unique_ptr<const pipeline::Snapshot<F>> snapshot;
        std::unique_ptr<const route::Fib<F>> fib;
        std::function<void()> afterwards;
    };

    Runtime(config::CheckedConfig config, Machine machine, EventLoop& loop);
    base::Result<void> make_tables();
    /// A new Fib of `config`, or none where the routes are what they were.
    base::Result<std::unique_ptr<const route::Fib<F>>> make_fib(const config::CheckedConfig& config);
    base::Result<void> begin();
    /// A snapshot of `config` with the rules and routes that the runtime has at this moment.
    [[nodiscard]] std::unique_ptr<pipeline::Snapshot<F>> make_snapshot(const config::CheckedConfig& config) const;
    void publish(std::unique_ptr<pipeline::Snapshot<F>> snapshot, std::unique_ptr<const route::Fib<F>> old_fib,
                 std::function<void()> afterwards);
    void raise_route_generation();
    /// In: none, where neither addresses nor what interfaces do has changed: paths stay then.
    void apply(config::CheckedConfig next, std::unique_ptr<RuleBook<F>> book, bool is_edited,
               std::unique_ptr<const route::Fib<F>> fib);
    void replace_static_neighbors(const config::CheckedConfig& next);
    void end_masqueraded(base::InterfaceId interface, net::Ipv4Address address);
    void tick();
    void look_at_wall_clock(std::uint64_t now_ns);
    void tell_logged();
    void free_deferred();
    void await_deferred();
    /// Waits until no packet can still look at what it looked at when this was called.
    void await_readers();
    void tend_sets();
    /// Compiles the rules again where a set has changed so much that they must be.
    void follow_sets();
    [[nodiscard]] std::uint64_t now_ms() const noexcept;
    [[nodiscard]] acl::Shared shared() noexcept { return {.keyed = &shared_, .sets = sets_.get(), .timeouts = timeouts_, .readers = static_cast<std::uint32_t>(config_.runtime().worker_cores.size()) + 1}; }
    void ask(const Solicitation<F>& question);
    void announce(const std::vector<pipeline::Interface>& interfaces);
    void send(base::InterfaceId interface, const std::vector<std::byte>& bytes);

    config::CheckedConfig config_;
    EventLoop& loop_;
    std::uint64_t boot_secret_;
    std::chrono::system_clock::time_point started_;
    Machine machine_;
    std::unique_ptr<conntrack::EventRings<F>> event_rings_;
    std::unique_ptr<EventTail> events_;
    std::unique_ptr<conntrack::Table<F>> connections_;  ///< tells the rings
    std::unique_ptr<route::AdjacencyTable<F>> adjacencies_;
    std::unique_ptr<const route::Fib<F>> fib_;
    std::vector<route::Route<F>> routes_;  ///< what it was made of
    acl::keyed::Book shared_;  ///< what rules know by name
    std::uint64_t swept_ns_ = 0;
    std::unique_ptr<acl::sets::SetBook> sets_;  ///< rules point into it
    std::optional<std::uint64_t> sets_token_;   ///< the grace period of what it has sealed
    TimeoutNumbers timeout_numbers_;
    std::vector<conntrack::TimeoutPolicyName> timeouts_;  ///< those of `config_`
    std::unique_ptr<RuleBook<F>> rules_;
    pipeline::WallClock wall_clock_;  ///< snapshots refer to it
    std::uint64_t wall_clock_read_ns_ = 0;
    std::unique_ptr<const pipeline::Snapshot<F>> snapshot_;
    std::unique_ptr<Workforce<F>> workforce_;
    std::unique_ptr<Neighbors<F>> neighbors_;
    std::unique_ptr<PacketTeller> teller_;
    std::deque<Deferred> deferred_;
    std::vector<base::AdjacencyId> retired_;  ///< numbers of neighbours that are gone, until the next tick
    std::uint32_t route_generation_ = 1;
    std::uint32_t rule_generation_ = 1;
    std::uint64_t reloads_ = 0;
    int ticker_ = -1;
    bool is_stopped_ = false;
};

}  // namespace sluice::ctrlplane
