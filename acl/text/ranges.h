// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

/// Ranges of numbers as iptables reads them (XTTYPE_UINT*RC).
namespace sluice::acl::text {

/// Both ends included. One that runs backwards holds nothing, and is taken all the same.
struct NumberRange {
    std::uint32_t min = 0;
    std::uint32_t max = 0;
};

/// `5`, `5:9`, `5:`, `:9`, with numbers of base 0 up to `max`. What is empty is the least number before the colon
/// and `max` behind it; an empty word is 0.
[[nodiscard]] tl::expected<NumberRange, std::string> parse_range(std::string_view text, std::uint32_t max);

/// `5` or `5:9`.
void append_range(const NumberRange& range, std::string& out);

}  // namespace sluice::acl::text
