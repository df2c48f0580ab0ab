// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// MARK: the packet's mark becomes (mark & ~mask) ^ value.
struct MarkTarget {
    std::uint32_t value = 0;
    std::uint32_t mask = 0xffffffffU;
    bool is_given = false;  ///< one of its options stands in the rule
    bool operator==(const MarkTarget&) const = default;
};

namespace text {

template <>
struct Syntax<MarkTarget> {
    static std::span<const Form<MarkTarget>> forms();
    static Checked parse(MarkTarget& target, const OptionUse& use);
    static Checked finish(const MarkTarget& target, const RuleFacts& rule);
    static void save(const MarkTarget& target, std::string& out);
    static void list(const MarkTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
