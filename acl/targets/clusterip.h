// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/refused.h"
#include "acl/text/syntax.h"
#include "dataplane/net/address.h"

namespace sluice::acl {

/// CLUSTERIP: several machines share an address and each takes its part of the connections.
struct ClusteripTarget {
    enum class Hash : std::uint8_t { source, source_port, both_ports };
    Hash hash = Hash::source;
    net::MacAddress mac{};
    std::uint16_t total_nodes = 0;
    std::uint16_t local_node = 0;
    std::uint32_t random = 0;
    std::uint8_t given = 0;  ///< bits of its options
    bool operator==(const ClusteripTarget&) const = default;
};

template <>
struct Refused<ClusteripTarget> {
    static constexpr bool kAlways = true;
    static std::string_view why(const ClusteripTarget& /*target*/) {
        return "target CLUSTERIP is gone from Linux since 6.3, and is not brought back here";
    }
};

namespace text {

template <>
struct Syntax<ClusteripTarget> {
    static std::span<const Form<ClusteripTarget>> forms();
    static Checked parse(ClusteripTarget& target, const OptionUse& use);
    static Checked finish(const ClusteripTarget& target, const RuleFacts& rule);
    static void save(const ClusteripTarget& target, std::string& out);
    static void list(const ClusteripTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
