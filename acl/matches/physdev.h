// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m physdev`: the ports of a bridge that a packet came in by and leaves by. A routed packet crosses no bridge here.
struct PhysdevMatch {
    /// Bits of what is asked, and of what of that is negated; the kernel's XT_PHYSDEV_OP_*.
    enum Ask : std::uint8_t { in = 1, out = 2, bridged = 4, is_in = 8, is_out = 16 };
    std::uint8_t asked = 0;
    std::uint8_t inverted = 0;
    std::array<char, 16> in_name{};   ///< as written, a `+` at its end included; ends with a zero
    std::array<char, 16> out_name{};
    bool operator==(const PhysdevMatch&) const = default;
};

namespace text {

template <>
struct Syntax<PhysdevMatch> {
    static std::span<const Form<PhysdevMatch>> forms();
    static Checked parse(PhysdevMatch& match, const OptionUse& use);
    static Checked finish(const PhysdevMatch& match, const RuleFacts& rule);
    static std::uint8_t hooks(const PhysdevMatch& match);
    static void save(const PhysdevMatch& match, std::string& out);
    static void list(const PhysdevMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
