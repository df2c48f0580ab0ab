// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m helper [!] --helper NAME`: the packet's connection was expected by a conntrack helper of this name;
/// empty: of any.
struct HelperMatch {
    std::array<char, 30> name{};  ///< ends with a zero
    bool inverted = false;
    bool operator==(const HelperMatch&) const = default;
};

namespace text {

template <>
struct Syntax<HelperMatch> {
    static std::span<const Form<HelperMatch>> forms();
    static Checked parse(HelperMatch& match, const OptionUse& use);
    static void save(const HelperMatch& match, std::string& out);
    static void list(const HelperMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
