// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m policy`: the IPsec policy of a packet. There is no IPsec here: every packet has none.
struct PolicyMatch {
    enum class Direction : std::uint8_t { none, in, out };
    Direction direction = Direction::none;
    bool is_none = false;  ///< --pol none; else ipsec
    bool operator==(const PolicyMatch&) const = default;
};

namespace text {

template <>
struct Syntax<PolicyMatch> {
    static std::span<const Form<PolicyMatch>> forms();
    static Checked parse(PolicyMatch& match, const OptionUse& use);
    static Checked finish(const PolicyMatch& match, const RuleFacts& rule);
    static std::uint8_t hooks(const PolicyMatch& match);
    static void save(const PolicyMatch& match, std::string& out);
    static void list(const PolicyMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
