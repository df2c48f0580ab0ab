// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/mark_text.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m devgroup [!] --src-group N[/MASK] [!] --dst-group N[/MASK]`: the groups of the interfaces. All are in
/// group 0, `default`, as in Linux until somebody sets another.
struct DevgroupMatch {
    struct Side {
        bool is_asked = false;
        bool inverted = false;
        text::MaskedMark group;
        bool operator==(const Side&) const = default;
    };
    Side in;
    Side out;
    bool operator==(const DevgroupMatch&) const = default;
};

namespace text {

template <>
struct Syntax<DevgroupMatch> {
    static std::span<const Form<DevgroupMatch>> forms();
    static Checked parse(DevgroupMatch& match, const OptionUse& use);
    static Checked finish(const DevgroupMatch& match, const RuleFacts& rule);
    static std::uint8_t hooks(const DevgroupMatch& match);
    static void save(const DevgroupMatch& match, std::string& out);
    static void list(const DevgroupMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
