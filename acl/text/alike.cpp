// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/alike.h"

#include <deque>
#include <string_view>
#include <unordered_map>

#include "acl/text/save.h"

namespace sluice::acl::text {

template <net::Family F>
AlikeTo<F>::AlikeTo(const Rule<F>& rule) : rule_(rule), text_(rule_text(rule, {})) {}

template <net::Family F>
bool AlikeTo<F>::operator()(const Rule<F>& other) const {
    return rule_.source == other.source && rule_.destination == other.destination &&
           rule_.protocol == other.protocol && rule_.matches.size() == other.matches.size() &&
           rule_text(other, {}) == text_;
}

template <net::Family F>
std::vector<std::pair<std::size_t, std::size_t>> pair_alike(const Chain<F>& before, const Chain<F>& after) {
    std::unordered_map<std::string, std::deque<std::size_t>> places;
    for (std::size_t i = 0; i < before.rules.size(); ++i) {
        places[rule_text(before.rules[i], {})].push_back(i);
    }
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t i = 0; i < after.rules.size(); ++i) {
        const auto found = places.find(rule_text(after.rules[i], {}));
        if (found != places.end() && !found->second.empty()) {
            pairs.emplace_back(found->second.front(), i);
            found->second.pop_front();
        }
    }
    return pairs;
}

template <net::Family F>
void link_alike(const Table<F>& before, Table<F>& after) {
    std::unordered_map<std::string_view, const Chain<F>*> by_name;
    for (const Chain<F>& chain : before.chains) {
        by_name.emplace(chain.name, &chain);
    }
    for (Chain<F>& chain : after.chains) {
        const auto found = by_name.find(chain.name);
        if (found == by_name.end()) {
            continue;
        }
        const Chain<F>& old = *found->second;
        if (chain.hook && chain.policy == old.policy) {
            chain.counter = old.counter;
        }
        for (const auto& [from, to] : pair_alike(old, chain)) {
            if (chain.rules[to].initial == base::PacketCount{}) {
                chain.rules[to].counter = old.rules[from].counter;
            }
        }
    }
}

template class AlikeTo<net::Ipv4>;
template std::vector<std::pair<std::size_t, std::size_t>> pair_alike(const Chain<net::Ipv4>&,
                                                                     const Chain<net::Ipv4>&);
template void link_alike(const Table<net::Ipv4>&, Table<net::Ipv4>&);

}  // namespace sluice::acl::text
