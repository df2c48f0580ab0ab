// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m length --length FROM[:TO]`: the length of the IP packet, of all pieces together.
struct LengthMatch {
    std::uint16_t min = 0;
    std::uint16_t max = 0;
    bool inverted = false;
    bool operator==(const LengthMatch&) const = default;
};

namespace text {

template <>
struct Syntax<LengthMatch> {
    static std::span<const Form<LengthMatch>> forms();
    static Checked parse(LengthMatch& match, const OptionUse& use);
    static void save(const LengthMatch& match, std::string& out);
    static void list(const LengthMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
