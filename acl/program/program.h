// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "acl/matches/match_eval.h"
#include "acl/packet_view.h"
#include "acl/program/memo.h"
#include "acl/program/trace.h"
#include "acl/ruleset.h"
#include "acl/targets/effect.h"
#include "acl/targets/nat.h"
#include "acl/targets/reject.h"
#include "conntrack/timeout_policy.h"
#include "dataplane/base/counter.h"

namespace sluice::acl::sets {
class SetBook;
}

namespace sluice::acl {

namespace keyed {
class Book;
}

/// What a table says of a packet.
enum class Outcome : std::uint8_t {
    accept,  ///< go on to the next table
    drop,
    reject,  ///< drop and answer as Walk::reject says
    nat,     ///< nat table only: translate as Walk::nat says, then go on
};

/// One packet on its way through the rules. The dataplane keeps one for each packet of a burst and hands it to
/// every hook; `packet` is brought up to date between hooks, `trace` grows through all of them.
template <net::Family F>
struct Walk {
    PacketView<F> packet;
    Trace trace;
    Memo memo;  ///< what a remembered path has asked in vain
    strings::Hits string_hits;
    std::span<std::byte> bytes;  ///< the packet that `packet` shows, for targets that change it
    conntrack::Connection<F>* connection = nullptr;
    bool (*grow)(Subject<F>& subject, std::size_t bytes) noexcept = nullptr;  ///< as Subject::grow, with its handle
    void* handle = nullptr;
    LogSink<F> log{};
    CopySink<F> copies{};
    Outcome outcome = Outcome::accept;
    RejectTarget::With reject = RejectTarget::With::icmp_port_unreachable;
    const NatTarget* nat = nullptr;  ///< points into the program, lives as long as it
};

/// Interface names by number, for `-i` and `-o`: names[index_of(id)].
using InterfaceNames = std::span<const std::string>;

/// What rules know by name, and what lives on from program to program; it outlives them.
struct Shared {
    keyed::Book* keyed = nullptr;   ///< lists and tables that rules make themselves; none: the program has its own
    sets::SetBook* sets = nullptr;  ///< none: there are no sets
    std::span<const conntrack::TimeoutPolicyName> timeouts{};  ///< what CT --timeout may name
    std::uint32_t readers = 2;      ///< threads that may run the program at once; more run it, too, but more slowly
};

/// A ruleset compiled for the packet path: chains behind classifiers, names resolved, counters numbered.
///
/// Immutable once made. Threads: any number run it at once, each with its own `counters`.
template <net::Family F>
class Program {
public:
    /// Errors: a jump to a chain that is not there, a loop, a target that its table or hook does not allow, a set that
    /// is not there, with the place of the rule; all of them at once.
    static tl::expected<std::unique_ptr<const Program>, base::Diagnostics> compile(const Ruleset<F>& rules,
                                                                                   InterfaceNames interfaces,
                                                                                   const Shared& shared = {});
    ~Program();
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    /// How many counters `run` needs.
    [[nodiscard]] std::size_t counter_count() const noexcept;
    /// True where the table has anything to do at the hook: an absent table costs and counts nothing.
    [[nodiscard]] bool has_chain(TableId table, Hook hook) const noexcept;

    /// Runs the table's chain at the hook for a burst (at most 64): sets each walk's outcome, counts every rule met
    /// and the policy on `counters` (a worker's own, `counter_count()` long), adds them to the traces.
    void run(TableId table, Hook hook, std::span<Walk<F>* const> walks,
             std::span<base::PacketCounter> counters) const noexcept;

    /// True where packets must go through the rules one after the other, each to its end, because what one does the
    /// next may see: a match that counts, a connection's mark. Asked of one table.
    [[nodiscard]] bool is_sequential(TableId table) const noexcept;

    /// True where a match asks what connections have carried, so that they have to be counted.
    [[nodiscard]] bool reads_accounts() const noexcept;
    /// True where a match asks for labels of connections, so that they have to have some.
    [[nodiscard]] bool reads_labels() const noexcept;

    /// True where a target makes endpoint-independent mappings.
    [[nodiscard]] bool maps_independently() const noexcept;

    /// A question of a path, put to another packet; drop: it cannot be asked. Cost: one match, no table.
    [[nodiscard]] Answer ask(const PathStep& step, const PacketView<F>& packet) const noexcept;
    /// True where the packet has the string, or as many strings, as a step of a path says.
    [[nodiscard]] bool has_strings(const PathStep& step, const PacketView<F>& packet) const noexcept;
    /// The effect of a path, on another packet. Returns: as Effect::apply.
    Applied apply(const PathStep& step, Subject<F>& subject) const noexcept;

    /// Goes on where the matches of a rule of another program stand; both rules read alike. What packets do there in
    /// the moment of the change may be lost. Threads: control, before this program is in force.
    void take_history(const Program& old, RuleId from, RuleId to) const;

    /// True where a set now counts packets that did not when this was compiled: it must be compiled again.
    [[nodiscard]] bool is_outdated() const;

    /// The counter of rule `index` of a chain, or of the chain's policy; for printing and for carrying counters over.
    [[nodiscard]] RuleId rule_id(TableId table, std::string_view chain, std::size_t index) const;
    [[nodiscard]] RuleId policy_id(TableId table, std::string_view chain) const;

private:
    struct Impl;
    explicit Program(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::acl
