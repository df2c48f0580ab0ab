// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m connlimit --connlimit-above N`: how many connections an address, or a network of them, has.
struct ConnlimitMatch {
    std::uint32_t limit = 0;
    bool is_upto = false;         ///< holds for as many or fewer
    bool is_given = false;
    bool is_destination = false;  ///< --connlimit-daddr
    bool has_side = false;
    std::uint8_t bits = 32;       ///< prefix length by which addresses are grouped
};

namespace text {

template <>
struct Syntax<ConnlimitMatch> {
    static std::span<const Form<ConnlimitMatch>> forms();
    static Checked parse(ConnlimitMatch& match, const OptionUse& use);
    static Checked finish(const ConnlimitMatch& match, const RuleFacts& rule);
    static void save(const ConnlimitMatch& match, std::string& out);
    static void list(const ConnlimitMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
