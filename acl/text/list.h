// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "acl/ruleset.h"
#include "acl/text/counts.h"

namespace sluice::acl::text {

/// What `iptables -L [CHAIN [NUMBER]]` takes.
struct Listing {
    TableId table = TableId::filter;
    std::string chain;       ///< empty: all
    std::size_t number = 0;  ///< of one rule, from 1: that rule without a header; 0: all
    bool numeric = false;    ///< -n; without it services and protocols have names (addresses never)
    bool verbose = false;    ///< -v: counters and interfaces
    bool exact = false;      ///< -x: no K, M, G
    bool line_numbers = false;
};

/// The table as `iptables -L` prints it, byte for byte as iptables 1.8.9 (nf_tables).
///
/// Errors: there is no such chain.
template <net::Family F>
[[nodiscard]] tl::expected<std::string, std::string> list_table(const Ruleset<F>& ruleset,
                                                                const Listing& listing, const Counts& counts);

}  // namespace sluice::acl::text
