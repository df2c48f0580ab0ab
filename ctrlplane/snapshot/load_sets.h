// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <tl/expected.hpp>

#include "acl/sets/book.h"
#include "ctrlplane/config/checked_config.h"

namespace sluice::ctrlplane {

/// The sets of a configuration: those of the `ipset save` file, then [ipset.NAME].
///
/// In: what waits until no packet can look at the sets any more; none: nobody looks.
/// Errors: the first fault of the file and those of each [ipset.NAME], with their places.
[[nodiscard]] tl::expected<std::unique_ptr<acl::sets::SetBook>, base::Diagnostics> load_sets(
    const config::CheckedConfig& config, std::uint64_t now_ms, std::function<void()> wait = {});

/// True where both would load the same.
[[nodiscard]] bool have_same_sets(const config::CheckedConfig& one, const config::CheckedConfig& other);

}  // namespace sluice::ctrlplane
