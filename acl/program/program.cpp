// SPDX-License-Identifier: BSD-3-Clause
/// What the control plane asks of a program that is compiled.
#include <algorithm>
#include <utility>
#include <variant>

#include "acl/program/compiled_program.h"
#include "dataplane/base/assertion.h"

namespace sluice::acl {

template <net::Family F>
bool Program<F>::reads_accounts() const noexcept {
    return impl_->reads_accounts;
}

template <net::Family F>
bool Program<F>::reads_labels() const noexcept {
    return impl_->reads_labels;
}

template <net::Family F>
bool Program<F>::maps_independently() const noexcept {
    return impl_->maps_independently;
}

template <net::Family F>
bool Program<F>::is_outdated() const {
    return std::any_of(impl_->set_uses.begin(), impl_->set_uses.end(), [](const SetUse& use) { return use.is_outdated(); });
}

template <net::Family F>
void Program<F>::take_history(const Program& old, RuleId from, RuleId to) const {
    const auto cells_of = [](const Impl& impl, RuleId rule) {
        const auto number = static_cast<std::size_t>(rule);
        const std::size_t end =
            number + 1 < impl.first_cell.size() ? impl.first_cell[number + 1] : impl.cells.size();
        return std::pair<std::size_t, std::size_t>(impl.first_cell[number], end);
    };
    // A rule's counts of connections go with it: the new program shares them, and leaves its own.
    const std::uint32_t here = impl_->first_match[static_cast<std::size_t>(to)];
    const std::uint32_t there = old.impl_->first_match[static_cast<std::size_t>(from)];
    for (std::uint32_t i = 0; i < impl_->match_count(to); ++i) {
        auto* own = std::get_if<ConnlimitQuestion>(&impl_->matches[here + i]);
        if (own != nullptr) {
            const auto* before = std::get_if<ConnlimitQuestion>(&old.impl_->matches[there + i]);
            SLUICE_ASSERT(before != nullptr);  // the rules read alike
            impl_->book->share(*before->counts, impl_->leases);
            own->counts = before->counts;
        }
    }
    const auto [begin, end] = cells_of(*old.impl_, from);
    const auto [own, own_end] = cells_of(*impl_, to);
    SLUICE_ASSERT(end - begin == own_end - own);  // the rules read alike
    for (std::size_t i = begin; i < end; ++i) {
        impl_->cells[own + i - begin].word.store(old.impl_->cells[i].word.load(std::memory_order_relaxed),
                                                 std::memory_order_relaxed);
    }
}

template <net::Family F>
RuleId Program<F>::rule_id(TableId table, std::string_view chain, std::size_t index) const {
    const CompiledTable<F>& compiled = impl_->tables[static_cast<std::size_t>(table)];
    const auto found = compiled.by_name.find(chain);
    SLUICE_ASSERT(found != compiled.by_name.end());
    const CompiledChain& place = compiled.chains[found->second];
    SLUICE_ASSERT(index < place.end - place.first);
    return compiled.rules[place.first + index].id;
}

template <net::Family F>
RuleId Program<F>::policy_id(TableId table, std::string_view chain) const {
    const CompiledTable<F>& compiled = impl_->tables[static_cast<std::size_t>(table)];
    const auto found = compiled.by_name.find(chain);
    SLUICE_ASSERT(found != compiled.by_name.end());
    const CompiledRule<F>& end = compiled.rules[compiled.chains[found->second].end];
    SLUICE_ASSERT(end.id != kNoRule);  // only built-in chains have a policy
    return end.id;
}

template bool Program<net::Ipv4>::reads_accounts() const noexcept;
template bool Program<net::Ipv4>::reads_labels() const noexcept;
template bool Program<net::Ipv4>::maps_independently() const noexcept;
template bool Program<net::Ipv4>::is_outdated() const;
template void Program<net::Ipv4>::take_history(const Program&, RuleId, RuleId) const;
template RuleId Program<net::Ipv4>::rule_id(TableId, std::string_view, std::size_t) const;
template RuleId Program<net::Ipv4>::policy_id(TableId, std::string_view) const;

}  // namespace sluice::acl
