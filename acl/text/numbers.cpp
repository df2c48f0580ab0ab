// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/numbers.h"

#include <charconv>

namespace sluice::acl::text {

std::optional<LeadingNumber> leading_number(std::string_view text) {
    int base = 10;
    std::string_view digits = text;
    if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        digits.remove_prefix(2);
    } else if (text.size() > 1 && text[0] == '0') {
        base = 8;
    }
    LeadingNumber number;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number.value, base);
    if (error != std::errc{}) {
        return std::nullopt;
    }
    number.rest = digits.substr(static_cast<std::size_t>(stop - digits.data()));
    return number;
}

std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t max) {
    const auto number = leading_number(text);
    if (!number || !number->rest.empty() || number->value > max) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(number->value);
}

std::optional<std::uint64_t> parse_digits(std::string_view text, std::uint64_t max) {
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end || value > max) {
        return std::nullopt;
    }
    return value;
}

}  // namespace sluice::acl::text
