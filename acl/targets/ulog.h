// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "acl/refused.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// ULOG: what NFLOG was before Linux 3.17.
struct UlogTarget {
    static constexpr std::size_t kMaxPrefix = 31;

    std::uint8_t group = 1;        ///< 1 to 32
    std::uint8_t threshold = 1;    ///< 1 to 50
    std::uint32_t copy_range = 0;  ///< bytes of each packet; 0: all
    std::array<char, kMaxPrefix + 1> prefix{};  ///< ends with a zero
    bool operator==(const UlogTarget&) const = default;
};

template <>
struct Refused<UlogTarget> {
    static constexpr bool kAlways = true;
    static std::string_view why(const UlogTarget& /*target*/) {
        return "target ULOG is gone from Linux since 3.17, and is not brought back here; NFLOG does its work";
    }
};

namespace text {

template <>
struct Syntax<UlogTarget> {
    static std::span<const Form<UlogTarget>> forms();
    static Checked parse(UlogTarget& target, const OptionUse& use);
    static void save(const UlogTarget& target, std::string& out);
    static void list(const UlogTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
