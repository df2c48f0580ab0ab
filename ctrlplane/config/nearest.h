// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sluice::ctrlplane::config {

/// How many letters must be added, left out, replaced or swapped with their neighbour to make `a` of `b`.
/// Only the first 64 bytes of each count. See: Damerau 1964 (the "optimal string alignment" form).
[[nodiscard]] unsigned edit_distance(std::string_view a, std::string_view b);

/// The one of `known` that is closest to `word`; the first of several; empty when nothing is known.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

/// `; the nearest known one is "NAME"` for the end of a message; empty when nothing is known.
[[nodiscard]] std::string nearest_hint(std::string_view word, std::span<const std::string_view> known);

}  // namespace sluice::ctrlplane::config
