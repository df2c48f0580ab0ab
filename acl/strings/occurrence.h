// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "acl/matches/packet_bytes.h"

/// What it is for a string to occur in a packet, and the plain way to find out.
namespace sluice::acl::strings {

/// What is sought: the bytes, all in [from, to) as counted from the IP header.
struct Sought {
    std::string_view pattern;
    std::uint16_t from = 0;
    std::uint16_t to = 0xffff;
    bool ignores_case = false;
    auto operator<=>(const Sought&) const = default;

    /// False where no packet can have it: the window is shorter than the pattern.
    [[nodiscard]] bool can_occur() const noexcept { return from <= to && pattern.size() <= std::size_t{to} - from; }
};

/// The upper case of a letter of Latin 1, as the kernel's toupper (lib/ctype.c): two bytes are alike, case ignored,
/// where it is the same.
[[nodiscard]] constexpr std::uint8_t upper(std::uint8_t byte) noexcept {
    const bool is_lower = (byte >= 'a' && byte <= 'z') || (byte >= 0xdf && byte != 0xf7);
    return is_lower ? static_cast<std::uint8_t>(byte - 0x20) : byte;
}

[[nodiscard]] inline bool is_alike(char a, char b, bool ignores_case) noexcept {
    return a == b || (ignores_case && upper(static_cast<std::uint8_t>(a)) == upper(static_cast<std::uint8_t>(b)));
}

/// Looks through the packet piece by piece. Cost: the packet's length times, at worst, the pattern's.
template <net::Family F>
[[nodiscard]] bool occurs(const Sought& sought, const PacketView<F>& packet) noexcept {
    constexpr std::size_t kPiece = 1024;
    std::array<std::byte, kPiece> piece;
    const std::string_view pattern = sought.pattern;
    const std::size_t end = std::min<std::size_t>(sought.to, length_of(packet));
    for (std::size_t at = sought.from; sought.can_occur() && at + pattern.size() <= end;) {
        const std::size_t bytes = std::min(kPiece, end - at);
        if (!read_at(packet, at, std::span(piece).first(bytes))) {
            return false;
        }
        const auto* text = reinterpret_cast<const char*>(piece.data());
        const auto alike = [&](char a, char b) { return is_alike(a, b, sought.ignores_case); };
        if (std::search(text, text + bytes, pattern.begin(), pattern.end(), alike) != text + bytes) {
            return true;
        }
        at += bytes - (pattern.size() - 1);
    }
    return false;
}

}  // namespace sluice::acl::strings
