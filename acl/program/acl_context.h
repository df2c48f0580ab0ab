// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "acl/program/outline.h"

struct rte_acl_ctx;

namespace sluice::acl {

/// One rte_acl context over a run of rules that is cut into blocks: for each packet the first match of every
/// block.
///
/// rte_acl's categories are the blocks. Measured (DPDK 22.11, AVX2, cycles a packet in bursts of 64, 10,000
/// rules): one category 22 to 45, eight 24 to 80, the more the more the rules overlap; so eight answers cost
/// less than two. Only the fields that some rule uses are in the tries: a list of networks is a trie over
/// four bytes.
template <net::Family F>
class AclContext {
public:
    /// rte_acl has one category, or a multiple of four.
    static constexpr std::uint32_t kBlocks = 8;

    /// Nothing where DPDK has no memory for it, gives up or would make a monster of it; the caller then does
    /// without. In: rules, `block` of them to a block; blocks: 1 or kBlocks. Threads: control only (locks,
    /// allocates).
    static std::unique_ptr<const AclContext> build(std::span<const Outline<F>> rules, std::uint32_t block,
                                                   std::uint32_t blocks);
    ~AclContext();
    AclContext(const AclContext&) = delete;
    AclContext& operator=(const AclContext&) = delete;

    /// Out: for each packet a number for each block: one more than the index of the block's first rule that
    /// matches, 0 for none.
    void classify(std::span<const Key<F>* const> keys, std::span<std::uint32_t> found) const noexcept;

private:
    AclContext(rte_acl_ctx* context, std::uint32_t blocks) noexcept : context_(context), blocks_(blocks) {}
    rte_acl_ctx* context_;
    std::uint32_t blocks_;
};

}  // namespace sluice::acl
