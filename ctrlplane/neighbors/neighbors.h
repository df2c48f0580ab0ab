// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ctrlplane/neighbors/settings.h"
#include "dataplane/base/random.h"
#include "dataplane/base/result.h"
#include "dataplane/pipeline/request.h"
#include "dataplane/route/adjacency.h"

/// Neighbour discovery as the kernel does it (net/core/neighbour.c; RFC 4861, section 7.3, which IPv4
/// borrows).
///
///             needed                    nobody answers three times
///   (none) ───────────▶ incomplete ──────────────────────────────▶ failed ── needed ──▶ incomplete
///      │                    │ reply
///      │ asks us            ▼            30 s (15 to 45) without confirmation
///      └─────▶ stale   reachable ─────────────────────────────┐
///               │ ▲         ▲  ▲─── reply ──┐                 │
///           used│ └─────────┼───────────────┼──── not in use ─┤
///               ▼           │ reply         │                 │
///             delay ────────┴──── 5 s ──▶ probe ─ three times nothing ─▶ failed
///               ▲                                             │
///               └────────────────────────────────── in use ───┘
///
/// The machine lives in the control thread and writes the adjacency table: a MAC in every state but
/// incomplete and failed, so packets flow while a neighbour is being probed. Workers tell it what they need
/// and see (Request), and stamp the adjacencies that they use. Time is an argument, on the workers' clock;
/// questions leave by a callback.
///
/// Life of a number: `retire` hands it to the owner of the snapshots, who raises the route generation, waits
/// until every worker has passed a quiescent state, and calls `release`.
namespace sluice::ctrlplane {

/// In the kernel's words: NUD_*.
enum class NeighborState : std::uint8_t { incomplete, reachable, stale, delay, probe, failed, permanent };

/// As `ip neigh show` writes it.
[[nodiscard]] std::string_view name_of(NeighborState state) noexcept;

/// A question to ask on the wire: who has `target`? To everybody, or to the MAC that it had.
template <net::Family F>
struct Solicitation {
    base::InterfaceId interface = base::kNoInterface;
    typename F::Address target{};
    std::optional<net::MacAddress> to;
};

/// A neighbour as an operator sees it.
template <net::Family F>
struct NeighborView {
    base::InterfaceId interface = base::kNoInterface;
    typename F::Address address{};
    std::optional<net::MacAddress> mac;
    NeighborState state = NeighborState::incomplete;
};

/// A line of `ip neigh show`, trailing blank included.
[[nodiscard]] std::string neighbor_line(const NeighborView<net::Ipv4>& neighbor,
                                        std::string_view interface_name);

/// Threads: control only. Units: all `now_ns` on the clock of pipeline::Context::now_ns.
template <net::Family F>
class Neighbors {
public:
    using Address = typename F::Address;
    using Request = pipeline::Request<F>;

    struct Outputs {
        std::function<void(const Solicitation<F>&)> solicit;
        std::function<void(base::AdjacencyId)> retire;  ///< see "life of a number" above
    };

    Neighbors(route::AdjacencyTable<F>& table, const NeighborSettings& settings, Outputs outputs,
              base::Random random);

    /// What a worker told.
    void handle(const Request& request, std::uint64_t now_ns);
    /// Timers; as often as you like, works every 20 ms at most.
    void step(std::uint64_t now_ns);

    /// A static entry. Errors: the table is full.
    base::Result<void> set_permanent(base::InterfaceId interface, const Address& address, net::MacAddress mac,
                                     std::uint64_t now_ns);
    /// False where there is no such neighbour.
    bool remove(base::InterfaceId interface, const Address& address);
    /// Removes all but static entries, of one interface or of all; how many.
    std::size_t flush(std::optional<base::InterfaceId> interface);
    /// The number may be used again.
    void release(base::AdjacencyId id) { table_.release(id); }

    [[nodiscard]] std::vector<NeighborView<F>> list() const;
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    /// How many neighbours were refused because there are gc_thresh3 already ("neighbour table overflow").
    [[nodiscard]] std::uint64_t overflows() const noexcept { return overflows_; }
    void change_settings(const NeighborSettings& settings) { settings_ = settings; }

private:
    struct Entry {
        base::AdjacencyId id = base::kNoAdjacency;
        NeighborState state = NeighborState::incomplete;
        net::MacAddress mac;
        std::uint32_t probes = 0;
        std::uint32_t stamp_when_stale = 0;  ///< the adjacency's last_used_s when the entry became stale
        std::uint64_t due_ns = 0;            ///< of the timer, in incomplete, reachable, delay, probe
        std::uint64_t confirmed_ns = 0;
        std::uint64_t updated_ns = 0;
        std::uint64_t created_ns = 0;
    };
    using Key = std::pair<base::InterfaceId, Address>;
    using Entries = std::map<Key, Entry>;

    Entry* find(base::InterfaceId interface, const Address& address);
    Entry* find_or_insert(const Key& key, std::uint64_t now_ns);
    void need(const Key& key, std::uint64_t now_ns);
    void update(Entry& entry, net::MacAddress mac, NeighborState state, bool overrides, std::uint64_t now_ns);
    void turn(Entry& entry, NeighborState state, std::uint64_t now_ns);
    void on_timer(const Key& key, Entry& entry, std::uint64_t now_ns);
    void ask(const Key& key, Entry& entry, std::uint64_t now_ns);
    [[nodiscard]] std::uint64_t last_used_ns(const Entry& entry, std::uint64_t now_ns) const;
    typename Entries::iterator erase(typename Entries::iterator at);
    void collect_garbage(std::uint64_t now_ns);
    void trim(std::uint64_t now_ns);
    void draw_reachable_time(std::uint64_t now_ns);

    route::AdjacencyTable<F>& table_;
    NeighborSettings settings_;
    Outputs outputs_;
    base::Random random_;
    Entries entries_;
    std::uint64_t reachable_time_ns_ = 0;
    std::uint64_t drawn_ns_ = 0;
    std::uint64_t stepped_ns_ = 0;
    std::uint64_t collected_ns_ = 0;
    std::uint64_t trimmed_ns_ = 0;
    std::uint64_t overflows_ = 0;
};

}  // namespace sluice::ctrlplane
