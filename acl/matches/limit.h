// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m limit --limit RATE --limit-burst N`: holds for so many packets in a time; others are not matched.
struct LimitMatch {
    std::uint32_t period = 0;  ///< of one packet, in units of 100 us; as the kernel has it
    std::uint32_t burst = 5;   ///< packets that may come at once
    bool operator==(const LimitMatch&) const = default;
};

namespace text {

template <>
struct Syntax<LimitMatch> {
    static std::span<const Form<LimitMatch>> forms();
    static Checked parse(LimitMatch& match, const OptionUse& use);
    static Checked finish(const LimitMatch& match, const RuleFacts& rule);
    static void save(const LimitMatch& match, std::string& out);
    static void list(const LimitMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
