// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "acl/keyed/book.h"
#include "acl/program/program.h"
#include "acl/ruleset.h"
#include "dataplane/base/counter.h"
#include "dataplane/base/result.h"
#include "dataplane/pipeline/rule_state.h"

namespace sluice::ctrlplane {

/// A ruleset that is loaded: as written, as compiled, and what the workers count on it.
///
/// Counters outlive their ruleset. When a new book takes over from an old one (`succeed`), every rule that stands
/// in the same chain with the same text goes on with the old rule's counters, wherever in the chain it stands now;
/// of several alike the first goes on with the first. A chain's policy counts on while it stays the same policy.
///
/// Example: `A B A` becomes `A C B`: the first A and B go on, C begins at 0, the second A's counters end.
///
/// A ruleset that was edited (`draft`, `succeed_edited`) says itself which counter each rule goes on with, so that
/// one can be zeroed, and a new one beside it that is alike begins at 0.
///
/// Until the grace period is over workers may still count on the old ruleset; the old book is kept as predecessor
/// and read on until `settle`.
///
/// Threads: the control thread; workers have their RuleState alone.
template <net::Family F>
class RuleBook {
public:
    /// Errors: as Program::compile. In: the generation that makes the paths of earlier rulesets void; what rules share
    /// by name and the sets that they name, which outlive all rule books.
    static tl::expected<std::unique_ptr<RuleBook>, base::Diagnostics> compile(acl::Ruleset<F> ruleset,
                                                                              acl::InterfaceNames interfaces,
                                                                              unsigned workers,
                                                                              std::uint32_t generation,
                                                                              const acl::Shared& shared = {});

    [[nodiscard]] const acl::Ruleset<F>& ruleset() const noexcept { return ruleset_; }
    [[nodiscard]] const acl::Program<F>& program() const noexcept { return *program_; }
    [[nodiscard]] std::uint32_t generation() const noexcept { return generation_; }
    [[nodiscard]] pipeline::RuleState<F>* state(unsigned worker) const noexcept { return states_[worker].get(); }

    /// Every counter by RuleId: of all workers, and what was counted before this ruleset.
    [[nodiscard]] std::vector<base::PacketCount> totals() const;

    /// A copy to be edited: each rule is linked to its counter here.
    [[nodiscard]] acl::Ruleset<F> draft() const;

    /// Takes the counters of `old` over, by the text of the rules.
    void succeed(std::unique_ptr<RuleBook> old);
    /// The same for what was made from a draft of `old`: by links; what has none begins with the counters given.
    void succeed_edited(std::unique_ptr<RuleBook> old);
    /// To be called when no worker can still use the predecessor's ruleset.
    void settle();

    /// Recorded paths of all workers, and walks that could not be recorded.
    [[nodiscard]] std::uint64_t path_count() const noexcept;
    [[nodiscard]] std::uint64_t unrecorded() const noexcept;

private:
    struct Inheritance {
        std::uint32_t from;
        std::uint32_t to;
    };
    RuleBook() = default;
    [[nodiscard]] std::vector<Inheritance> inheritance_from(const RuleBook& old) const;
    /// Calls `visit(CounterLink&, initial, RuleId)` for each rule and each policy of `ruleset`, which is this
    /// book's or has its shape.
    template <class Rules, class Visit>
    void for_each_counter(Rules& ruleset, Visit visit) const;
    void add_inherited(std::vector<base::PacketCount>& totals) const;

    acl::Ruleset<F> ruleset_;
    std::unique_ptr<const acl::Program<F>> program_;
    std::vector<std::unique_ptr<pipeline::RuleState<F>>> states_;  ///< by worker
    std::uint32_t generation_ = 0;
    std::vector<base::PacketCount> before_;  ///< counted by predecessors that are gone; by RuleId
    std::unique_ptr<RuleBook> predecessor_;
    std::vector<Inheritance> inherited_;
};

extern template class RuleBook<net::Ipv4>;

}  // namespace sluice::ctrlplane
