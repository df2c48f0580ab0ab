// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::ctrlplane::config {

/// "512M" or "1G"; the letters are powers of 1024. Nothing where it is written otherwise. Units: bytes.
[[nodiscard]] std::optional<std::uint64_t> parse_amount(std::string_view text);

}  // namespace sluice::ctrlplane::config
