// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/amount.h"

#include <charconv>
#include <system_error>

namespace sluice::ctrlplane::config {

std::optional<std::uint64_t> parse_amount(std::string_view text) {
    constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (error != std::errc{} || number > kMiB * kMiB) {
        return std::nullopt;
    }
    if (unit == "M") {
        return number * kMiB;
    }
    if (unit == "G" && number <= kMiB) {
        return number * kMiB * 1024;
    }
    return std::nullopt;
}

}  // namespace sluice::ctrlplane::config
