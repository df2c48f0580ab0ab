// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/rule_book.h"

#include <utility>

#include "acl/text/alike.h"

namespace sluice::ctrlplane {
namespace {

template <net::Family F>
const acl::Chain<F>* chain_of(const acl::Ruleset<F>& ruleset, acl::TableId table, std::string_view name) {
    const auto& found = ruleset.tables[static_cast<std::size_t>(table)];
    if (!found) {
        return nullptr;
    }
    for (const acl::Chain<F>& chain : found->chains) {
        if (chain.name == name) {
            return &chain;
        }
    }
    return nullptr;
}

}  // namespace

template <net::Family F>
tl::expected<std::unique_ptr<RuleBook<F>>, base::Diagnostics> RuleBook<F>::compile(acl::Ruleset<F> ruleset,
                                                                                  acl::InterfaceNames interfaces,
                                                                                  unsigned workers,
                                                                                  std::uint32_t generation,
                                                                                  const acl::Shared& shared) {
    auto program = acl::Program<F>::compile(ruleset, interfaces, shared);
    if (!program) {
        return tl::unexpected(std::move(program.error()));
    }
    std::unique_ptr<RuleBook> book(new RuleBook);
    book->ruleset_ = std::move(ruleset);
    book->program_ = std::move(*program);
    book->generation_ = generation;
    book->before_.resize(book->program_->counter_count());
    for (unsigned worker = 0; worker < workers; ++worker) {
        book->states_.push_back(std::make_unique<pipeline::RuleState<F>>(
            *book->program_, static_cast<base::WorkerId>(worker), generation));
    }
    return book;
}

template <net::Family F>
std::vector<base::PacketCount> RuleBook<F>::totals() const {
    std::vector<base::PacketCount> totals = before_;
    for (const auto& state : states_) {
        state->add_to(totals);
    }
    add_inherited(totals);
    return totals;
}

template <net::Family F>
void RuleBook<F>::add_inherited(std::vector<base::PacketCount>& totals) const {
    if (predecessor_ != nullptr) {
        const std::vector<base::PacketCount> old = predecessor_->totals();
        for (const Inheritance& one : inherited_) {
            totals[one.to] += old[one.from];
        }
    }
}

template <net::Family F>
void RuleBook<F>::succeed(std::unique_ptr<RuleBook> old) {
    inherited_ = inheritance_from(*old);
    for (const Inheritance& one : inherited_) {
        program_->take_history(*old->program_, static_cast<acl::RuleId>(one.from), static_cast<acl::RuleId>(one.to));
    }
    predecessor_ = std::move(old);
}

template <net::Family F>
template <class Rules, class Visit>
void RuleBook<F>::for_each_counter(Rules& ruleset, Visit visit) const {
    for (auto& table : ruleset.tables) {
        if (!table) {
            continue;
        }
        for (auto& chain : table->chains) {
            if (chain.hook) {
                visit(chain.counter, chain.initial,
                      static_cast<std::uint32_t>(program_->policy_id(table->id, chain.name)));
            }
            for (std::size_t i = 0; i < chain.rules.size(); ++i) {
                visit(chain.rules[i].counter, chain.rules[i].initial,
                      static_cast<std::uint32_t>(program_->rule_id(table->id, chain.name, i)));
            }
        }
    }
}

template <net::Family F>
acl::Ruleset<F> RuleBook<F>::draft() const {
    acl::Ruleset<F> copy = ruleset_;
    for_each_counter(copy, [](acl::CounterLink& link, base::PacketCount& initial, std::uint32_t id) {
        link = id;
        initial = {};
    });
    return copy;
}

template <net::Family F>
void RuleBook<F>::succeed_edited(std::unique_ptr<RuleBook> old) {
    for_each_counter(ruleset_, [&](const acl::CounterLink& link, base::PacketCount initial, std::uint32_t id) {
        if (link) {
            inherited_.push_back({*link, id});
            program_->take_history(*old->program_, static_cast<acl::RuleId>(*link), static_cast<acl::RuleId>(id));
        } else {
            before_[id] += initial;
        }
    });
    predecessor_ = std::move(old);
}

template <net::Family F>
void RuleBook<F>::settle() {
    if (predecessor_ != nullptr) {
        predecessor_->settle();
        add_inherited(before_);
        predecessor_.reset();
        inherited_.clear();
    }
}

template <net::Family F>
auto RuleBook<F>::inheritance_from(const RuleBook& old) const -> std::vector<Inheritance> {
    std::vector<Inheritance> pairs;
    for (const auto& table : ruleset_.tables) {
        if (!table) {
            continue;
        }
        for (const acl::Chain<F>& chain : table->chains) {
            const acl::Chain<F>* before = chain_of(old.ruleset_, table->id, chain.name);
            if (before == nullptr) {
                continue;
            }
            if (chain.hook && chain.policy == before->policy) {
                pairs.push_back({static_cast<std::uint32_t>(old.program_->policy_id(table->id, chain.name)),
                                 static_cast<std::uint32_t>(program_->policy_id(table->id, chain.name))});
            }
            for (const auto& [from, to] : acl::text::pair_alike(*before, chain)) {
                pairs.push_back({static_cast<std::uint32_t>(old.program_->rule_id(table->id, chain.name, from)),
                                 static_cast<std::uint32_t>(program_->rule_id(table->id, chain.name, to))});
            }
        }
    }
    return pairs;
}

template <net::Family F>
std::uint64_t RuleBook<F>::path_count() const noexcept {
    std::uint64_t count = 0;
    for (const auto& state : states_) {
        count += state->path_count();
    }
    return count;
}

template <net::Family F>
std::uint64_t RuleBook<F>::unrecorded() const noexcept {
    std::uint64_t count = 0;
    for (const auto& state : states_) {
        count += state->unrecorded();
    }
    return count;
}

template class RuleBook<net::Ipv4>;

}  // namespace sluice::ctrlplane
