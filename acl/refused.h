// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

namespace sluice::acl {

/// Matches and targets that are parsed and printed, but not loaded, at all or with some of their options.
///
/// Specialised beside the options of a type that has a reason:
///
///     template <> struct Refused<TproxyTarget> {
///         static std::string_view why(const TproxyTarget&) { return "target TPROXY needs local programs"; }
///     };
///
/// `why` returns the whole message; empty where the value can be loaded. A type
/// of which nothing can be loaded has no `Evaluate` and no step in the compiler; it says so with `kAlways`:
///
///     static constexpr bool kAlways = true;
template <class T>
struct Refused {};

template <class T>
concept RefusedSometimes = requires(const T& value) {
    Refused<T>::why(value);
};

template <class T>
concept RefusedAlways = RefusedSometimes<T> && requires {
    requires Refused<T>::kAlways;
};

template <class T>
[[nodiscard]] std::string_view why_refused([[maybe_unused]] const T& value) {
    if constexpr (RefusedSometimes<T>) {
        return Refused<T>::why(value);
    } else {
        return {};
    }
}

}  // namespace sluice::acl
