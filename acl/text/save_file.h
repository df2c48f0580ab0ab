// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <set>
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

/// What `iptables-restore` takes.
struct RestoreStyle {
    bool flush = true;             ///< not with -n: the tables of the file lose their rules first
    bool counters = false;         ///< -c: the file's counters are taken over
    bool verbose = false;          ///< -v: tell what happens
    std::optional<TableId> table;  ///< -T: nothing but this one
};

template <net::Family F>
struct Restored {
    Ruleset<F> ruleset;
    std::string text;  ///< what `-v` tells
};

struct RestoreFaults {
    base::Diagnostics faults;
    std::set<std::uint32_t> failed;  ///< lines that are well written, but cannot be done
};

/// Carries the file out on a copy of the ruleset that is loaded, whose rules are linked to their counters
/// (`Rule::counter`). A table of the file keeps the counters of the rules that it has as before, but with `counters`
/// or what else gives them a value.
template <net::Family F>
[[nodiscard]] tl::expected<Restored<F>, RestoreFaults> restore(const Ruleset<F>& loaded, std::string_view text,
                                                               const std::string& file,
                                                               const RestoreStyle& style);

}  // namespace sluice::acl::text
