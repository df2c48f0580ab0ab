// SPDX-License-Identifier: BSD-3-Clause
#include "acl/program/classifier.h"

#include <algorithm>

namespace sluice::acl {

template <net::Family F>
Classifier<F>::Classifier(std::span<const Outline<F>> rules)
    : size_(static_cast<std::uint32_t>(rules.size())) {
    nodes_.push_back(node_of(rules, 0, size_));
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const std::uint32_t begin = nodes_[i].begin;
        const std::uint32_t end = nodes_[i].end;
        const std::uint32_t block = nodes_[i].block;
        if (nodes_[i].blocks == 1 || block <= kLeafRules) {
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
    const std::uint32_t size = end - begin;
    Node node;
    node.begin = begin;
    node.end = end;
    node.block = size;
    node.never =
        std::all_of(covered.begin(), covered.end(), [](const Outline<F>& rule) { return rule.never; });
    if (node.never) {
        return node;
    }
    const bool is_settled =
        std::all_of(covered.begin(), covered.end(), [](const Outline<F>& rule) { return rule.settled; });
    if (is_settled) {
        node.context = AclContext<F>::build(covered, size, 1);
    }
    if (node.context == nullptr) {
        node.blocks = kBlocks;
        node.block = std::max(1U, (size + kBlocks - 1) / kBlocks);
        node.context = is_settled ? nullptr : AclContext<F>::build(covered, node.block, kBlocks);
    }
    failed_ += node.context == nullptr ? 1U : 0U;
    return node;
}

template class Classifier<net::Ipv4>;
template class Classifier<net::Ipv6>;

}  // namespace sluice::acl
