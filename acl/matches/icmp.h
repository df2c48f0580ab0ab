// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-p icmp --icmp-type TYPE[/CODE]`; type 255 is any.
struct IcmpMatch {
    std::uint8_t type = 0xff;
    std::uint8_t min_code = 0;
    std::uint8_t max_code = 0xff;
    bool inverted = false;
    bool operator==(const IcmpMatch&) const = default;
};

namespace text {

template <>
struct Syntax<IcmpMatch> {
    static std::span<const Form<IcmpMatch>> forms();
    static Checked parse(IcmpMatch& match, const OptionUse& use);
    static void save(const IcmpMatch& match, std::string& out);
    static void list(const IcmpMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
