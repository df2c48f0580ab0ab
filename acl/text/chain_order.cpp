// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/chain_order.h"

#include <algorithm>
#include <array>

#include "acl/text/assembly.h"
#include "acl/text/counts.h"

namespace sluice::acl::text {

namespace {

template <net::Family F>
const Table<F>& empty_table(TableId id) {
    static const Ruleset<F> all = [] {
        Assembly<F> assembly;
        for (std::size_t i = 0; i < kTables; ++i) {
            assembly.begin_table(static_cast<TableId>(i));
        }
        return assembly.take();
    }();
    return *all.tables[static_cast<std::size_t>(id)];
}

template <net::Family F>
const Chain<F>* find_chain(const Ruleset<F>& ruleset, TableId table, std::string_view name) {
    const std::optional<Table<F>>& found = ruleset.tables[static_cast<std::size_t>(table)];
    for (const Chain<F>& chain : found ? found->chains : empty_table<F>(table).chains) {
        if (chain.name == name) {
            return &chain;
        }
    }
    return nullptr;
}

}  // namespace

template <net::Family F>
std::vector<const Chain<F>*> printed_chains(const Ruleset<F>& ruleset, TableId table) {
    const std::optional<Table<F>>& found = ruleset.tables[static_cast<std::size_t>(table)];
    std::vector<const Chain<F>*> chains;
    for (const Chain<F>& chain : found ? found->chains : empty_table<F>(table).chains) {
        chains.push_back(&chain);
    }
    const auto users = std::find_if(chains.begin(), chains.end(),
                                    [](const Chain<F>* chain) { return !chain->hook.has_value(); });
    std::sort(users, chains.end(), [](const Chain<F>* a, const Chain<F>* b) { return a->name < b->name; });
    return chains;
}

template <net::Family F>
tl::expected<std::vector<const Chain<F>*>, std::string> chosen_chains(const Ruleset<F>& ruleset,
                                                                      TableId table, std::string_view chain) {
    if (chain.empty()) {
        return printed_chains(ruleset, table);
    }
    const Chain<F>* found = find_chain(ruleset, table, chain);
    if (found == nullptr) {
        return tl::unexpected(std::string("No chain/target/match by that name."));
    }
    return std::vector<const Chain<F>*>{found};
}

template <net::Family F>
Counts initial_counts(const Ruleset<F>& ruleset) {
    return {[&ruleset](TableId table, std::string_view chain, std::size_t rule) {
                const Chain<F>* found = find_chain(ruleset, table, chain);
                return found == nullptr || rule >= found->rules.size() ? base::PacketCount{}
                                                                       : found->rules[rule].initial;
            },
            [&ruleset](TableId table, std::string_view chain) {
                const Chain<F>* found = find_chain(ruleset, table, chain);
                return found == nullptr ? base::PacketCount{} : found->initial;
            }};
}

template std::vector<const Chain<net::Ipv4>*> printed_chains(const Ruleset<net::Ipv4>&, TableId);
template tl::expected<std::vector<const Chain<net::Ipv4>*>, std::string> chosen_chains(
    const Ruleset<net::Ipv4>&, TableId, std::string_view);
template Counts initial_counts(const Ruleset<net::Ipv4>&);

}  // namespace sluice::acl::text
