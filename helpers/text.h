// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "dataplane/net/address.h"

/// Reading and writing what protocols write, without allocation. ASCII: no locale has a say.
namespace sluice::helpers {

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

[[nodiscard]] constexpr bool equal_nocase(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}
[[nodiscard]] constexpr bool starts_nocase(std::string_view text, std::string_view with) noexcept {
    return text.size() >= with.size() && equal_nocase(text.substr(0, with.size()), with);
}

/// A number from the front of `text`, which loses it; wraps modulo 2^64, as simple_strtoul does. 0 where there is none.
[[nodiscard]] constexpr std::uint64_t take_number(std::string_view& text) noexcept {
    std::uint64_t number = 0;
    std::size_t i = 0;
    for (; i < text.size() && is_digit(text[i]); ++i) {
        number = number * 10 + static_cast<unsigned>(text[i] - '0');
    }
    text.remove_prefix(i);
    return number;
}

/// Text of bounded length, on the stack.
template <std::size_t N>
class ShortText {
public:
    ShortText& operator<<(std::string_view text) noexcept {
        const std::size_t fits = std::min(text.size(), N - size_);
        std::copy_n(text.begin(), fits, bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += fits;
        return *this;
    }
    ShortText& operator<<(std::uint32_t number) noexcept {
        std::array<char, 10> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        return *this << std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data()));
    }
    /// Its four bytes with `separator` between them.
    ShortText& add(net::Ipv4Address address, std::string_view separator) noexcept {
        const std::uint32_t host = address.host();
        return *this << (host >> 24U) << separator << (host >> 16U & 0xffU) << separator << (host >> 8U & 0xffU)
                     << separator << (host & 0xffU);
    }
    [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }

private:
    std::array<char, N> bytes_;
    std::size_t size_ = 0;
};

}  // namespace sluice::helpers
