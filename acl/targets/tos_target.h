// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// TOS: the type of service becomes (tos & ~mask) ^ value. Table mangle.
struct TosTarget {
    std::uint8_t value = 0;
    std::uint8_t mask = 0xff;
    bool is_given = false;  ///< one of its options stands in the rule
    bool operator==(const TosTarget&) const = default;
};

namespace text {

template <>
struct Syntax<TosTarget> {
    static std::span<const Form<TosTarget>> forms();
    static Checked parse(TosTarget& target, const OptionUse& use);
    static Checked finish(const TosTarget& target, const RuleFacts& rule);
    static void save(const TosTarget& target, std::string& out);
    static void list(const TosTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
