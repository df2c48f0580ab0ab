// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fmt/core.h>

#include <string>

namespace sluice::base {

/// Appends what the format and its values make.
void append_formatted(std::string& out, fmt::string_view format, fmt::format_args values);

/// The same, the format checked against the values while compiling. (fmt::format_to with a std::back_inserter
/// does this too, but compiles the whole formatter anew in each file: two seconds of them.)
template <class... T>
void append(std::string& out, fmt::format_string<T...> format, T&&... values) {
    append_formatted(out, format, fmt::make_format_args(values...));
}

}  // namespace sluice::base
