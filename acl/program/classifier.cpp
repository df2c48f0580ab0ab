// SPDX-License-Identifier: BSD-3-Clause
#include "acl/program/classifier.h"

#include <algorithm>

namespace sluice::acl {

template <net::Family F>
Classifier<F>::Classifier(std::span<const Outline<F>> rules) : size_(static_cast<std::uint32_t>(rules.size())) {
    nodes_.push_back(node_of(rules, 0, size_));
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const std::uint32_t begin = nodes_[i].begin;
        const std::uint32_t end = nodes_[i].end;
        const std::uint32_t block = nodes_[i].block;
        const auto covered = rules.subspan(begin, end - begin);
        const bool is_asked_again =
            std::any_of(covered.begin(), covered.end(), [](const Outline<F>& rule) { return !rule.decisive; });
        const bool knows_nothing = nodes_[i].context == nullptr && !nodes_[i].never;
        if (block <= kLeafRules || !(is_asked_again || knows_nothing)) {
            continue;
        }
        nodes_[i].children = static_cast<std::uint32_t>(nodes_.size());
        for (std::uint32_t from = begin; from < end; from += block) {
            nodes_.push_back(node_of(rules, from, std::min(end, from + block)));
        }
    }
}

template <net::Family F>
typename Classifier<F>::Node Classifier<F>::node_of(std::span<const Outline<F>> rules, std::uint32_t begin,
                                                    std::uint32_t end) {
    const auto covered = rules.subspan(begin, end - begin);
    Node node{begin, end, std::max(1U, (end - begin + kBlocks - 1) / kBlocks), kNoNode, false, nullptr};
    node.never = std::all_of(covered.begin(), covered.end(), [](const Outline<F>& rule) { return rule.never; });
    if (!node.never) {
        node.context = AclContext<F>::build(covered, node.block);
        failed_ += node.context == nullptr ? 1U : 0U;
    }
    return node;
}

template class Classifier<net::Ipv4>;
template class Classifier<net::Ipv6>;

}  // namespace sluice::acl
