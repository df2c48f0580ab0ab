// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// TCPOPTSTRIP: overwrites TCP options with no-ops. Table mangle.
struct TcpoptstripTarget {
    std::array<std::uint32_t, 8> options{};  ///< a bit for each option's number
    bool operator[](unsigned number) const { return (options[number / 32] >> number % 32 & 1U) != 0; }
    bool operator==(const TcpoptstripTarget&) const = default;
};

namespace text {

template <>
struct Syntax<TcpoptstripTarget> {
    static std::span<const Form<TcpoptstripTarget>> forms();
    static Checked parse(TcpoptstripTarget& target, const OptionUse& use);
    static Checked finish(const TcpoptstripTarget& target, const RuleFacts& rule);
    static void save(const TcpoptstripTarget& target, std::string& out);
    static void list(const TcpoptstripTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
