// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::ctrlplane::config {

/// A place in a text, by byte, and what is wrong there.
struct GuardFault {
    std::size_t offset = 0;
    std::string message;
};

/// What toml++ must not see, since it has no answer to it.
///
/// Each dot of a key is a level of its recursion, and the stack is finite. And its test for blanks (3.3,
/// is_non_ascii_horizontal_whitespace) runs into __builtin_unreachable for most characters from U+00A1 to
/// U+0499; it asks it of all that stands outside of strings and comments, where TOML knows ASCII only, and in
/// strings of several lines of what follows a backslash.
///
/// Nothing is found behind a string that its line does not close: the parser stops there with an error of its
/// own.
[[nodiscard]] std::optional<GuardFault> find_what_the_parser_cannot_take(std::string_view text);

}  // namespace sluice::ctrlplane::config
