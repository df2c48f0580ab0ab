// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include "dataplane/base/result.h"

namespace sluice::ctrlplane::control {

/// Gives a file a new content at one instant: who reads it sees the old or the new one, whatever happens between.
/// Its mode and owner stay; one that is new has mode 0640. A symbolic link stays, and what it points to is replaced.
///
/// Errors: what the system refused, with the file's name.
base::Result<void> replace_file(const std::string& path, std::string_view content);

}  // namespace sluice::ctrlplane::control
