// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "acl/text/fault.h"

namespace sluice::acl::text {

/// A word of a rule with its place.
struct Word {
    std::string text;       ///< without its quotes and escapes
    std::size_t begin = 0;  ///< offset of its first character (or opening quote) in the text it was cut from
};

/// Cuts a rule into words as iptables-restore does: blanks, tabs and newlines part them; double quotes hold
/// blanks together, and only inside them a backslash takes the next character as it is; a closing quote ends
/// the word.
///
/// Errors: a quote that is not closed, a word of more than 1023 bytes, more than 250 words, a NUL byte.
[[nodiscard]] Expected<std::vector<Word>> split_words(std::string_view line);

}  // namespace sluice::acl::text
