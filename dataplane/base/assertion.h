// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace sluice::base {

/// Ends the program over a programmer's error, with the place of it.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace sluice::base

/// What must be true whatever comes in from outside; never for input. Our only macro.
#define SLUICE_ASSERT(condition) \
    (__builtin_expect(!!(condition), 1) ? void(0) : ::sluice::base::assertion_failed(#condition, __FILE__, __LINE__))
