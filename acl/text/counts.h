// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "acl/ruleset.h"

namespace sluice::acl::text {

/// Where the printer gets its counters from.
struct Counts {
    std::function<base::PacketCount(TableId table, std::string_view chain, std::size_t rule)> rule;
    std::function<base::PacketCount(TableId table, std::string_view chain)> policy;
};

/// The counters that the ruleset was given in its file. `ruleset` must live as long as the result.
template <net::Family F>
[[nodiscard]] Counts initial_counts(const Ruleset<F>& ruleset);

}  // namespace sluice::acl::text
