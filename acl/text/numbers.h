// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

/// Numbers as iptables reads them.
namespace sluice::acl::text {

struct LeadingNumber {
    std::uint64_t value = 0;
    std::string_view rest;
};

/// The number at the beginning of `text`: decimal, `0x` hexadecimal or `0` octal, as strtoul with base 0, but
/// without sign or blanks before it. Nothing where there is none or where it does not fit.
[[nodiscard]] std::optional<LeadingNumber> leading_number(std::string_view text);

/// The whole of `text` as such a number from 0 to `max`.
[[nodiscard]] std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t max);

/// The whole of `text` as decimal digits, from 0 to `max`.
[[nodiscard]] std::optional<std::uint64_t> parse_digits(std::string_view text, std::uint64_t max);

}  // namespace sluice::acl::text
