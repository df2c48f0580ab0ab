// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// CONNMARK: changes the connection's mark, or copies between it and the packet's. See: xt_connmark.c.
struct ConnmarkTarget {
    enum class Mode : std::uint8_t {
        none,
        set,      ///< connection = (connection & ~connection_mask) ^ value, shifted
        save,     ///< connection = (connection & ~connection_mask) ^ (packet & packet_mask, shifted)
        restore,  ///< packet = (packet & ~packet_mask) ^ (connection & connection_mask, shifted)
    };
    Mode mode = Mode::none;
    bool shifts_right = false;
    std::uint8_t shift = 0;  ///< bits, 0 to 32
    std::uint32_t value = 0;
    std::uint32_t connection_mask = 0xffffffffU;
    std::uint32_t packet_mask = 0xffffffffU;
    /// Options that stand in the rule, while it is read: bits of connmark.cpp.
    std::uint8_t given = 0;
    bool operator==(const ConnmarkTarget& other) const {
        return mode == other.mode && shifts_right == other.shifts_right && shift == other.shift &&
               value == other.value && connection_mask == other.connection_mask &&
               packet_mask == other.packet_mask;
    }
};

namespace text {

template <>
struct Syntax<ConnmarkTarget> {
    static std::span<const Form<ConnmarkTarget>> forms();
    static Checked parse(ConnmarkTarget& target, const OptionUse& use);
    static Checked finish(const ConnmarkTarget& target, const RuleFacts& rule);
    static void save(const ConnmarkTarget& target, std::string& out);
    static void list(const ConnmarkTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
