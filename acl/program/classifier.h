// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "acl/program/acl_context.h"
#include "acl/program/outline.h"

namespace sluice::acl {

/// A rule that may hold.
struct Candidate {
    std::uint32_t rule;
    bool is_named;  ///< the packet matches the rule's outline; else it may or may not, and a later rule may
                    ///< be meant
};

/// Answers, for a burst of packets, "which is the first rule of this segment, from number i on, that may
/// hold?".
///
/// Nearly always i is 0, and one rte_acl context over all rules answers. Not always: a rule that holds may
/// not end the walk (no target, a jump that comes back), or fail on what an outline cannot say; then what
/// comes after it is asked for. Few such rules remain (segments.h), and where there are none, all is said: a
/// context, one category.
///
/// Otherwise a tree. A node covers a run of rules in eight blocks; its context gives the first match of every
/// block in one go (AclContext). With the eight answers
///
///     from = 0       the first that is not "none" is the answer: one classification, however many rules;
///     from in block b  b's answer, if it is not before `from`; or, if b says "none", the next block's that
///     does not;
///                    else there may be a later match in b behind the one that was named: b's own node is
///                    asked, and where it finds nothing the blocks after b have answered already.
///
/// So a question costs at most one classification a level, log8(n / 32) of them: 10,000 rules have three
/// levels. A block of up to 32 rules has no node: every rule is a candidate there, the caller looks. Nodes
/// below one whose rules are all settled are left out: nobody comes back to ask them.
///
/// Rejected: one context per suffix (memory grows with the square), a context a block asked one after the
/// other (all blocks in front are paid for from = 0), halves instead of eighths (13 levels to build, each
/// costs what the root costs), sixteen blocks (rte_acl grows too fast with mixed rules: 76 MiB for a
/// thousand), bit vectors (n / 8 bytes for every distinct value: a gigabyte a field at 100,000 rules).
///
/// A context that rte_acl cannot build (no memory) costs speed only: all its blocks count as "maybe".
///
/// Threads: immutable once built; `first` by any number.
template <net::Family F>
class Classifier {
public:
    static constexpr std::size_t kMaxBurst = 64;

    /// In: the outlines of a segment's rules in their order. Threads: control only.
    explicit Classifier(std::span<const Outline<F>> rules);

    /// Out: `result[i]`: the first rule at or after `from[i]` whose outline `keys[i]` matches (named), or one
    /// before it but not before `from[i]` (not named); `size()`, not named, when there is none. Shape: three
    /// spans of one length, at most kMaxBurst.
    void first(std::span<const Key<F>* const> keys, std::span<const std::uint32_t> from,
               std::span<Candidate> result) const noexcept;

    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
    /// How many rte_acl contexts there are, and how many could not be built.
    [[nodiscard]] std::size_t contexts() const noexcept { return nodes_.size() - failed_; }
    [[nodiscard]] std::size_t failed() const noexcept { return failed_; }

private:
    static constexpr std::uint32_t kBlocks = AclContext<F>::kBlocks;
    static constexpr std::uint32_t kLeafRules = 32;
    static constexpr std::uint32_t kNoNode = ~std::uint32_t{0};

    /// The rules [begin, end) in blocks of `block`; the node of block b is `children + b`, if there are any.
    struct Node {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
        std::uint32_t block = 1;
        std::uint32_t blocks = 1;  ///< 1 or kBlocks
        std::uint32_t children = kNoNode;
        bool never = false;                            ///< no rule of it can hold
        std::unique_ptr<const AclContext<F>> context;  ///< none: could not be built
    };
    /// A question on its way down the tree.
    struct Question {
        std::uint32_t packet;
        std::uint32_t node;
        Candidate fallback;  ///< the answer if the node finds nothing
    };

    Node node_of(std::span<const Outline<F>> rules, std::uint32_t begin, std::uint32_t end);
    void ask(const Node& node, std::span<const Key<F>* const> keys,
             std::span<std::uint32_t> found) const noexcept;
    /// True when answered; else the question has moved to a child.
    bool resolve(Question& question, std::span<const std::uint32_t> found, std::uint32_t from,
                 Candidate& result) const noexcept;

    std::uint32_t size_;
    std::size_t failed_ = 0;
    std::vector<Node> nodes_;  ///< the root first, children of a node side by side
};

}  // namespace sluice::acl
