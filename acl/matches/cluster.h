// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m cluster --cluster-total-nodes N [!] --cluster-local-node I --cluster-hash-seed S`: connections are
/// dealt out among nodes by who began them; holds for those of this node.
struct ClusterMatch {
    std::uint32_t nodes = 0;      ///< 1 to 32
    std::uint32_t node_mask = 0;  ///< bits: which of them this one is
    std::uint32_t seed = 0;
    bool inverted = false;
    bool operator==(const ClusterMatch&) const = default;
};

namespace text {

template <>
struct Syntax<ClusterMatch> {
    static std::span<const Form<ClusterMatch>> forms();
    static Checked parse(ClusterMatch& match, const OptionUse& use);
    static Checked finish(const ClusterMatch& match, const RuleFacts& rule);
    static void save(const ClusterMatch& match, std::string& out);
    static void list(const ClusterMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
