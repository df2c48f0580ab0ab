// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "acl/ruleset.h"

namespace sluice::acl::text {

/// The chains of a table in the order in which iptables prints them: the built-in ones as the hooks come,
/// then the user's by name. A table that is absent has its built-in chains all the same.
///
/// The pointers stay good as long as `ruleset`.
template <net::Family F>
[[nodiscard]] std::vector<const Chain<F>*> printed_chains(const Ruleset<F>& ruleset, TableId table);

/// The same, or the one chain that `chain` names if it is not empty. Errors: there is no such chain.
template <net::Family F>
[[nodiscard]] tl::expected<std::vector<const Chain<F>*>, std::string> chosen_chains(const Ruleset<F>& ruleset,
                                                                                    TableId table,
                                                                                    std::string_view chain);

}  // namespace sluice::acl::text
