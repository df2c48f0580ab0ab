// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m mark --mark VALUE[/MASK]`: the packet's own mark.
struct MarkMatch {
    std::uint32_t value = 0;
    std::uint32_t mask = 0xffffffffU;
    bool inverted = false;
    bool operator==(const MarkMatch&) const = default;
};

namespace text {

template <>
struct Syntax<MarkMatch> {
    static std::span<const Form<MarkMatch>> forms();
    static Checked parse(MarkMatch& match, const OptionUse& use);
    static void save(const MarkMatch& match, std::string& out);
    static void list(const MarkMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
