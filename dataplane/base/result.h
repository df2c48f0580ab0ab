// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace sluice::base {

/// A sentence for the operator: what is wrong and what would be right.
struct Error {
    std::string message;
};

/// What control-path functions return that may fail.
template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> failure(std::string message) {
    return tl::unexpected<Error>(Error{std::move(message)});
}

/// A place in a configuration or rules file; line and column count from 1, 0 means unknown.
struct Location {
    std::string file;
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

/// One fault or warning of a configuration, printed as `FILE:LINE:COLUMN: error: MESSAGE`.
struct Diagnostic {
    enum class Severity : std::uint8_t { error, warning };
    Severity severity = Severity::error;
    Location where;
    std::string message;
};

/// All faults of a file, in the order of their places.
using Diagnostics = std::vector<Diagnostic>;

}  // namespace sluice::base
