// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "dataplane/base/result.h"

namespace sluice::ctrlplane::config {

/// `FILE:LINE:COLUMN: error: what is wrong and what would be right`, on one line whatever the message quotes.
/// Without a known line only the file is named.
[[nodiscard]] std::string to_string(const base::Diagnostic& diagnostic);

/// True when one of them is an error and not a warning.
[[nodiscard]] bool has_error(const base::Diagnostics& diagnostics) noexcept;

/// `text` in double quotes for a message: control characters as `\xNN`, cut after 60 bytes.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// `words` with `separator` between them. (fmt::join raises a false alarm in g++ 12's -Wstringop-overflow.)
[[nodiscard]] std::string joined(std::span<const std::string_view> words, std::string_view separator);

}  // namespace sluice::ctrlplane::config
