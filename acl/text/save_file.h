// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "acl/ruleset.h"

namespace sluice::acl::text {

/// Reads what iptables-save wrote, or what a person wrote for iptables-restore: `*TABLE`, `:CHAIN POLICY
/// [P:B]`,
/// `[P:B] -A CHAIN ...`, `-I`, `-N`, `-P`, `COMMIT`, comments. Counters are taken over into `initial`.
///
/// In: `text` is the file, `file` its name for the places. Errors: all faults of the file, in order; nothing
/// is applied where there is one.
template <net::Family F>
[[nodiscard]] tl::expected<Ruleset<F>, base::Diagnostics> parse_save_file(std::string_view text,
                                                                          const std::string& file);

}  // namespace sluice::acl::text
