// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "acl/tables.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// TRACE: every rule that holds for the packet from here on is told of, through all tables and hooks to come.
struct TraceTarget {
    bool operator==(const TraceTarget&) const = default;
};

/// One such rule, in the words of the kernel's trace_packet (ip_tables.c): `TRACE: filter:FORWARD:rule:1`.
struct TraceLine {
    enum class Kind : std::uint8_t {
        rule,
        policy,     ///< of a built-in chain, and any verdict there without a condition
        return_to,  ///< the end of a user chain, and any verdict there without a condition
    };
    static constexpr std::size_t kNameBytes = 32;

    TableId table{};
    Kind kind = Kind::rule;
    std::uint32_t number = 0;              ///< from 1; what ends the chain comes behind its last rule
    std::array<char, kNameBytes> chain{};  ///< ends with a zero
};

namespace text {

template <>
struct Syntax<TraceTarget> {
    static std::span<const Form<TraceTarget>> forms();
    static Checked parse(TraceTarget& target, const OptionUse& use);
    static void save(const TraceTarget& target, std::string& out);
    static void list(const TraceTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
