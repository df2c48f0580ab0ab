// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// DSCP: the six upper bits of the type of service. Table mangle.
struct DscpTarget {
    std::uint8_t dscp = 0;
    bool is_given = false;  ///< one of its options stands in the rule
    bool operator==(const DscpTarget&) const = default;
};

namespace text {

template <>
struct Syntax<DscpTarget> {
    static std::span<const Form<DscpTarget>> forms();
    static Checked parse(DscpTarget& target, const OptionUse& use);
    static Checked finish(const DscpTarget& target, const RuleFacts& rule);
    static void save(const DscpTarget& target, std::string& out);
    static void list(const DscpTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
