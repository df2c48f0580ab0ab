// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m tos --tos VALUE[/MASK]`: the type of service under the mask is the value.
struct TosMatch {
    std::uint8_t value = 0;
    std::uint8_t mask = 0xff;
    bool inverted = false;
    bool operator==(const TosMatch&) const = default;
};

namespace text {

template <>
struct Syntax<TosMatch> {
    static std::span<const Form<TosMatch>> forms();
    static Checked parse(TosMatch& match, const OptionUse& use);
    static void save(const TosMatch& match, std::string& out);
    static void list(const TosMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
