// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// TCPMSS: lowers the maximum segment size that a SYN offers, to a value or to what the path carries.
struct TcpmssTarget {
    std::uint16_t mss = 0;
    bool clamp_to_pmtu = false;
    bool is_given = false;  ///< one of its options stands in the rule
    bool operator==(const TcpmssTarget&) const = default;
};

namespace text {

template <>
struct Syntax<TcpmssTarget> {
    static std::span<const Form<TcpmssTarget>> forms();
    static Checked parse(TcpmssTarget& target, const OptionUse& use);
    static Checked finish(const TcpmssTarget& target, const RuleFacts& rule);
    /// Clamping needs the way out.
    static std::uint8_t hooks(const TcpmssTarget& target);
    static void save(const TcpmssTarget& target, std::string& out);
    static void list(const TcpmssTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
