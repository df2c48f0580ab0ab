// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include "ctrlplane/cli/command.h"

namespace sluice::ctrlplane::cli {

/// `add`, `change`, `replace` or `delete`, for any beginning of them as ip takes it; empty: the word is none.
[[nodiscard]] std::string ip_edit_named(std::string_view word);

/// In: the object by its whole name, what is to be done with it, and the words behind.
[[nodiscard]] Parsed parse_ip_edit(std::string_view object, const std::string& edit, Words words);

}  // namespace sluice::ctrlplane::cli
