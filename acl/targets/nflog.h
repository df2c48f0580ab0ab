// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// NFLOG: tells of the packet in the log and keeps it in a file (docs/rules.md), and lets it go on.
struct NflogTarget {
    static constexpr std::size_t kMaxPrefix = 127;

    std::uint16_t group = 0;
    std::uint16_t threshold = 0;        ///< so many packets are written at once; 0: as the file has it
    std::optional<std::uint32_t> size;  ///< of the packet's bytes that are kept; none: all
    bool has_range = false;             ///< --nflog-range stands in the rule, which means nothing
    std::array<char, kMaxPrefix + 1> prefix{};  ///< ends with a zero
    bool operator==(const NflogTarget&) const = default;
};

namespace text {

template <>
struct Syntax<NflogTarget> {
    static std::span<const Form<NflogTarget>> forms();
    static Checked parse(NflogTarget& target, const OptionUse& use);
    static void save(const NflogTarget& target, std::string& out);
    static void list(const NflogTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
