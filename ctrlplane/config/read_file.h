// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>

#include "dataplane/base/result.h"

namespace sluice::ctrlplane::config {

/// How the files that a configuration names are read; a test or a fuzzer gives its own.
using FileReader = std::function<base::Result<std::string>(const std::string& path)>;

/// The whole of a regular file of at most 256 MiB. Anything else (a pipe, a device, a directory) is refused,
/// since reading it might never end. Errors: a sentence without the path.
[[nodiscard]] base::Result<std::string> read_regular_file(const std::string& path);

/// The same, but a pipe will do, as a shell's `<(command)` makes it.
[[nodiscard]] base::Result<std::string> read_file_or_pipe(const std::string& path);

}  // namespace sluice::ctrlplane::config
