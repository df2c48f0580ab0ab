// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "acl/program/outline.h"

struct rte_acl_ctx;

namespace sluice::acl {

/// One rte_acl context over a run of rules that is cut into blocks: for each packet the first match of every block.
///
/// rte_acl's categories are the blocks. Measured (DPDK 22.11, AVX2, cycles a packet in bursts of 64, 10,000 rules):
/// one category 22 to 36, eight 24 to 39, so that eight answers cost little more than one.
/// Only the fields that some rule uses are in the tries: a list of networks is a trie over four bytes.
template <net::Family F>
class AclContext {
public:
    static constexpr std::uint32_t kBlocks = 8;

    /// Nothing where DPDK has no memory for it, gives up or would make a monster of it; the caller then does without.
    /// In: rules, `block` of them to a block, at most kBlocks blocks. Threads: control only (locks, allocates).
    static std::unique_ptr<const AclContext> build(std::span<const Outline<F>> rules, std::uint32_t block);
    ~AclContext();
    AclContext(const AclContext&) = delete;
    AclContext& operator=(const AclContext&) = delete;

    /// Out: kBlocks numbers a packet: one more than the index of the block's first rule that matches, 0 for none.
    void classify(std::span<const Key<F>* const> keys, std::span<std::uint32_t> found) const noexcept;

private:
    explicit AclContext(rte_acl_ctx* context) noexcept : context_(context) {}
    rte_acl_ctx* context_;
};

}  // namespace sluice::acl
