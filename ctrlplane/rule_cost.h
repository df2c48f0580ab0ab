// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "acl/ruleset.h"

namespace sluice::ctrlplane {

/// What a ruleset costs when it is loaded.
struct RuleCost {
    std::size_t rules = 0;
    std::uint64_t compile_ms = 0;
    std::uint64_t program_bytes = 0;  ///< the compiled rules, with what DPDK's classifiers take
};

/// Compiles the rules to see. Starts DPDK's memory in this process, without huge pages, devices or root: to be called
/// once, by a program that does not route. In: interface names, as for a program.
///
/// Errors: no memory, or what the compiler refuses.
[[nodiscard]] base::Result<RuleCost> cost_of(const acl::Ruleset<net::Ipv4>& rules,
                                             const std::vector<std::string>& interfaces);

/// `100000 rules compile in 685 ms and take 24.6 MiB`.
[[nodiscard]] std::string to_string(const RuleCost& cost);

}  // namespace sluice::ctrlplane
