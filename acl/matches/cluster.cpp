// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/cluster.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

constexpr std::uint32_t kMostNodes = 32;
constexpr std::uint32_t kAll = 0xffffffffU;

}  // namespace

std::span<const Form<ClusterMatch>> Syntax<ClusterMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "cluster-total-nodes", .required = true},
        OptionSpec{.name = "cluster-local-node", .invertible = true},
        OptionSpec{.name = "cluster-local-nodemask", .invertible = true},
        OptionSpec{.name = "cluster-hash-seed", .required = true},
    };
    static constexpr std::array kForms = {
        Form<ClusterMatch>{.name = "cluster", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<ClusterMatch>::parse(ClusterMatch& match, const OptionUse& use) {
    const bool is_seed = use.option == "cluster-hash-seed";
    const bool is_mask = use.option == "cluster-local-nodemask";
    // iptables 1.8.9 takes masks to 32 only, but prints larger ones for --cluster-local-node
    const std::uint32_t most = is_seed || is_mask ? kAll : kMostNodes;
    const auto number = parse_number(use.value(), most);
    if (!number || (!is_seed && *number == 0)) {
        return use.refuse(fmt::format("--{}: '{}' is no number from {} to {}", use.option, use.value(),
                                      is_seed ? 0 : 1, most));
    }
    if (is_seed) {
        match.seed = *number;
    } else if (use.option == "cluster-total-nodes") {
        match.nodes = *number;
    } else if (match.node_mask != 0) {
        return fault("cluster: only one of --cluster-local-node and --cluster-local-nodemask can be used",
                     use.begin);
    } else {
        match.node_mask = is_mask ? *number : 1U << (*number - 1);
        match.inverted = use.inverted;
    }
    return {};
}

Checked Syntax<ClusterMatch>::finish(const ClusterMatch& match, const RuleFacts& rule) {
    if (match.node_mask == 0) {
        return fault("cluster: one of --cluster-local-node and --cluster-local-nodemask is required",
                     rule.begin);
    }
    if (std::uint64_t{match.node_mask} >= std::uint64_t{1} << match.nodes) {
        return fault(fmt::format("cluster: this node is beyond the {} of --cluster-total-nodes", match.nodes),
                     rule.begin);
    }
    return {};
}

void Syntax<ClusterMatch>::save(const ClusterMatch& match, std::string& out) {
    base::append(out,
                 "{} --cluster-local-nodemask 0x{:08x} --cluster-total-nodes {} --cluster-hash-seed 0x{:08x}",
                 match.inverted ? " !" : "", match.node_mask, match.nodes, match.seed);
}

void Syntax<ClusterMatch>::list(const ClusterMatch& match, bool /*numeric*/, std::string& out) {
    base::append(out, " cluster {}node_mask=0x{:08x} total_nodes={} hash_seed=0x{:08x}",
                 match.inverted ? "!" : "", match.node_mask, match.nodes, match.seed);
}

}  // namespace sluice::acl::text
