// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/assembly.h"

#include <fmt/core.h>

#include <iterator>

#include "acl/text/manual.h"
#include "acl/text/nearest.h"

namespace sluice::acl::text {

namespace {


tl::unexpected<std::string> refuse(std::string message) {
    return tl::unexpected(std::move(message));
}

std::string_view name_of(TableId id) {
    return kTableNames[static_cast<std::size_t>(id)];
}

}  // namespace

std::optional<TableId> table_of_name(std::string_view name) {
    for (std::size_t i = 0; i < kTables; ++i) {
        if (kTableNames[i] == name) {
            return static_cast<TableId>(i);
        }
    }
    return std::nullopt;
}

std::string why_no_table(std::string_view name) {
    return fmt::format("unknown table '{}'{}", name, did_you_mean(name, kTableNames));
}

template <net::Family F>
void Assembly<F>::begin_table(TableId id) {
    std::optional<Table<F>>& slot = ruleset_.tables[index(id)];
    Table<F> table;
    table.id = id;
    by_name_[index(id)].clear();
    for (std::size_t i = 0; i < kHooks; ++i) {
        const Hook hook = static_cast<Hook>(i);
        if (!acl::has_chain(id, hook)) {
            continue;
        }
        Chain<F> chain;
        chain.name = kHookNames[i];
        chain.hook = hook;
        if (slot) {
            const Chain<F>& before = slot->chains[table.chains.size()];
            chain.policy = before.policy;
            chain.initial = before.initial;
            chain.counter = before.counter;
            chain.where = before.where;
        }
        by_name_[index(id)][chain.name] = table.chains.size();
        table.chains.push_back(std::move(chain));
    }
    slot = std::move(table);
}

template <net::Family F>
Assembly<F>::Assembly(Ruleset<F> ruleset) : ruleset_(std::move(ruleset)) {
    for (std::size_t i = 0; i < kTables; ++i) {
        number_chains(static_cast<TableId>(i));
    }
}

template <net::Family F>
void Assembly<F>::number_chains(TableId id) {
    by_name_[index(id)].clear();
    if (const auto& table = ruleset_.tables[index(id)]) {
        for (std::size_t i = 0; i < table->chains.size(); ++i) {
            by_name_[index(id)][table->chains[i].name] = i;
        }
    }
}

template <net::Family F>
void Assembly<F>::open_table(TableId id) {
    if (!has_table(id)) {
        begin_table(id);
    }
}

template <net::Family F>
Chain<F>* Assembly<F>::chain(TableId id, std::string_view name) {
    const auto found = by_name_[index(id)].find(std::string(name));
    return found == by_name_[index(id)].end() ? nullptr : &ruleset_.tables[index(id)]->chains[found->second];
}

template <net::Family F>
void Assembly<F>::remove_chain(TableId id, std::string_view name) {
    std::erase_if(table(id).chains, [&](const Chain<F>& chain) { return chain.name == name; });
    number_chains(id);
}

template <net::Family F>
void Assembly<F>::rename_chain(TableId id, std::string_view old_name, std::string_view new_name) {
    for (Chain<F>& one : table(id).chains) {
        for (Rule<F>& rule : one.rules) {
            if (auto* jump = get_if<JumpTarget>(&rule.target); jump != nullptr && jump->chain == old_name) {
                jump->chain = new_name;
            }
        }
    }
    chain(id, old_name)->name = new_name;
    number_chains(id);
}

template <net::Family F>
const Chain<F>* Assembly<F>::find(TableId id, std::string_view name) const {
    const auto found = by_name_[index(id)].find(std::string(name));
    return found == by_name_[index(id)].end() ? nullptr : &ruleset_.tables[index(id)]->chains[found->second];
}

template <net::Family F>
tl::expected<Chain<F>*, std::string> Assembly<F>::existing(TableId id, std::string_view name) {
    if (Chain<F>* found = chain(id, name)) {
        return found;
    }
    std::vector<std::string_view> known;
    if (ruleset_.tables[index(id)]) {
        for (const Chain<F>& chain : ruleset_.tables[index(id)]->chains) {
            known.push_back(chain.name);
        }
    }
    return refuse(fmt::format("chain '{}' does not exist in table '{}'{}", name, name_of(id),
                              did_you_mean(name, known)));
}

template <net::Family F>
auto Assembly<F>::add_chain(TableId id, std::string_view name, base::Location where) -> Done {
    if (std::string why = why_no_chain_name(name); !why.empty()) {
        return refuse(std::move(why));
    }
    if (find(id, name) != nullptr) {
        return refuse(fmt::format("chain '{}' already exists", name));
    }
    Chain<F> chain;
    chain.name = name;
    chain.where = std::move(where);
    std::vector<Chain<F>>& chains = ruleset_.tables[index(id)]->chains;
    by_name_[index(id)][chain.name] = chains.size();
    chains.push_back(std::move(chain));
    return {};
}

template <net::Family F>
auto Assembly<F>::set_policy(TableId id, std::string_view chain, std::string_view policy,
                             base::PacketCount initial, base::Location where) -> Done {
    auto found = existing(id, chain);
    if (!found) {
        return refuse(std::move(found.error()));
    }
    if (!(*found)->hook) {
        return refuse(fmt::format("'{}' is not a built-in chain: only those have a policy", chain));
    }
    if (policy != "ACCEPT" && policy != "DROP") {
        return refuse(fmt::format("bad policy '{}': ACCEPT or DROP", policy));
    }
    if (policy == "DROP" && id == TableId::nat) {
        return refuse(
            "the \"nat\" table is not intended for filtering, the use of DROP is therefore inhibited");
    }
    (*found)->policy = policy == "DROP" ? Policy::drop : Policy::accept;
    (*found)->initial = initial;
    (*found)->counter.reset();
    (*found)->where = std::move(where);
    return {};
}

template <net::Family F>
auto Assembly<F>::append(TableId id, std::string_view chain, std::vector<Rule<F>> rules) -> Done {
    auto found = existing(id, chain);
    if (!found) {
        return refuse(std::move(found.error()));
    }
    std::vector<Rule<F>>& into = (*found)->rules;
    into.insert(into.end(), std::make_move_iterator(rules.begin()), std::make_move_iterator(rules.end()));
    return {};
}

template <net::Family F>
auto Assembly<F>::insert(TableId id, std::string_view chain, std::uint32_t number, std::vector<Rule<F>> rules)
    -> Done {
    auto found = existing(id, chain);
    if (!found) {
        return refuse(std::move(found.error()));
    }
    std::vector<Rule<F>>& into = (*found)->rules;
    if (number == 0 || number > into.size() + 1) {
        return refuse(
            fmt::format("index of insertion too big: chain '{}' has {} rules here", chain, into.size()));
    }
    into.insert(into.begin() + static_cast<std::ptrdiff_t>(number - 1),
                std::make_move_iterator(rules.rbegin()), std::make_move_iterator(rules.rend()));
    return {};
}

template class Assembly<net::Ipv4>;

}  // namespace sluice::acl::text
