// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "acl/ruleset.h"
#include "acl/sets/book.h"
#include "ctrlplane/config/checked_config.h"
#include "dataplane/base/result.h"

namespace sluice::ctrlplane {

/// A configuration with its rules, as far as there was no error, and all that is to be said about both.
struct Loaded {
    std::optional<config::CheckedConfig> config;
    std::optional<acl::Ruleset<net::Ipv4>> rules;
    std::optional<acl::Ruleset<net::Ipv4>> refused;  ///< rules that can be read and printed, but not loaded
    std::unique_ptr<acl::sets::SetBook> sets;         ///< those of the configuration, once it could be read
    base::Diagnostics diagnostics;  ///< sorted by file, line and column; warnings too

    [[nodiscard]] bool is_sound() const noexcept { return config && rules; }
};

/// Reads a configuration and its rules and checks all that can be checked without the machine: what `check` does
/// and what `run` and `reload` do first. `cores` says how bad a CPU is that is not there; none: they are
/// not looked at, because this thread has been bound to one already (and [runtime] does not change live).
/// Rules may name the sets of the configuration, and those of `live`, if there are any.
Loaded load(const std::string& path, std::optional<base::Diagnostic::Severity> cores,
            const acl::sets::SetBook* live = nullptr);

}  // namespace sluice::ctrlplane
