// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m connmark --mark VALUE[/MASK]`: the mark of the packet's connection.
struct ConnmarkMatch {
    std::uint32_t value = 0;
    std::uint32_t mask = 0xffffffffU;
    bool inverted = false;
    bool operator==(const ConnmarkMatch&) const = default;
};

namespace text {

template <>
struct Syntax<ConnmarkMatch> {
    static std::span<const Form<ConnmarkMatch>> forms();
    static Checked parse(ConnmarkMatch& match, const OptionUse& use);
    static void save(const ConnmarkMatch& match, std::string& out);
    static void list(const ConnmarkMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
