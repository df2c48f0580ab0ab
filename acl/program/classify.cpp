// SPDX-License-Identifier: BSD-3-Clause
/// The packet path's side of the classifiers: asks, and builds nothing.
#include <rte_acl.h>

#include <algorithm>
#include <array>

#include "acl/program/classifier.h"

namespace sluice::acl {

template <net::Family F>
void AclContext<F>::classify(std::span<const Key<F>* const> keys,
                             std::span<std::uint32_t> found) const noexcept {
    std::array<const std::uint8_t*, Classifier<F>::kMaxBurst> data;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        data[i] = reinterpret_cast<const std::uint8_t*>(keys[i]);
    }
    rte_acl_classify(context_, data.data(), found.data(), static_cast<std::uint32_t>(keys.size()), blocks_);
}

template <net::Family F>
void Classifier<F>::ask(const Node& node, std::span<const Key<F>* const> keys,
                        std::span<std::uint32_t> found) const noexcept {
    if (node.context != nullptr) {
        node.context->classify(keys, found);
        return;
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        for (std::uint32_t b = 0; b < node.blocks; ++b) {
            const std::uint32_t start = b * node.block;
            const bool maybe = !node.never && start < node.end - node.begin;
            found[i * node.blocks + b] = maybe ? start + 1 : 0;
        }
    }
}

template <net::Family F>
bool Classifier<F>::resolve(Question& question, std::span<const std::uint32_t> found, std::uint32_t from,
                            Candidate& result) const noexcept {
    const Node& node = nodes_[question.node];
    const std::uint32_t own = (from - node.begin) / node.block;
    const bool names = node.context != nullptr;
    Candidate later = question.fallback;
    for (std::uint32_t b = own + 1; b < node.blocks; ++b) {
        if (found[b] != 0) {
            later = {node.begin + found[b] - 1, names};
            break;
        }
    }
    if (found[own] == 0) {
        result = later;
        return true;
    }
    const std::uint32_t named = node.begin + found[own] - 1;
    if (named >= from) {
        result = {named, names};
        return true;
    }
    if (node.children == kNoNode) {
        result = {from, false};  // a leaf's block: the caller looks at its rules one by one
        return true;
    }
    question.node = node.children + own;
    question.fallback = later;
    return false;
}

template <net::Family F>
void Classifier<F>::first(std::span<const Key<F>* const> keys, std::span<const std::uint32_t> from,
                          std::span<Candidate> result) const noexcept {
    std::array<Question, kMaxBurst> questions;
    std::array<const Key<F>*, kMaxBurst> asked;
    std::array<std::uint32_t, kMaxBurst> group;
    std::array<std::uint32_t, kMaxBurst * kBlocks> found;
    std::uint32_t open = 0;
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
        result[i] = {size_, false};
        if (from[i] < size_) {
            questions[open++] = {i, 0, result[i]};
        }
    }
    while (open != 0) {
        const std::uint32_t node = questions[0].node;
        std::uint32_t count = 0;
        for (std::uint32_t i = 0; i < open; ++i) {
            if (questions[i].node == node) {
                asked[count] = keys[questions[i].packet];
                group[count++] = i;
            }
        }
        ask(nodes_[node], {asked.data(), count}, found);
        const std::uint32_t blocks = nodes_[node].blocks;
        for (std::uint32_t i = count;
             i-- > 0;) {  // from the back: a closed question makes room for the last one
            Question& question = questions[group[i]];
            const std::span<const std::uint32_t> answers(found.data() + i * blocks, blocks);
            if (resolve(question, answers, from[question.packet], result[question.packet])) {
                question = questions[--open];
            }
        }
    }
}

template void AclContext<net::Ipv4>::classify(std::span<const Key<net::Ipv4>* const>,
                                              std::span<std::uint32_t>) const noexcept;
template void AclContext<net::Ipv6>::classify(std::span<const Key<net::Ipv6>* const>,
                                              std::span<std::uint32_t>) const noexcept;
template void Classifier<net::Ipv4>::first(std::span<const Key<net::Ipv4>* const>,
                                           std::span<const std::uint32_t>,
                                           std::span<Candidate>) const noexcept;
template void Classifier<net::Ipv6>::first(std::span<const Key<net::Ipv6>* const>,
                                           std::span<const std::uint32_t>,
                                           std::span<Candidate>) const noexcept;

}  // namespace sluice::acl
