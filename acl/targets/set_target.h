// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "acl/sets/directions.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// A set that SET works on; no name: there is none.
struct SetTargetUse {
    std::string name;
    sets::Directions directions;
    bool operator==(const SetTargetUse&) const = default;
};

/// SET: puts the packet into a set, takes it out of one, or gives it the mark that its element has.
struct SetTarget {
    SetTargetUse add;
    SetTargetUse del;
    SetTargetUse map;
    std::optional<std::uint32_t> timeout_s{};  ///< none: the set's own
    bool exist = false;                        ///< an element that is there begins anew
    bool map_mark = false;
    bool map_priority = false;
    bool map_queue = false;
    bool operator==(const SetTarget&) const = default;
};

namespace text {

template <>
struct Syntax<SetTarget> {
    static std::span<const Form<SetTarget>> forms();
    static Checked parse(SetTarget& target, const OptionUse& use);
    static Checked finish(const SetTarget& target, const RuleFacts& rule);
    /// A priority and a queue are for packets on their way out.
    static std::uint8_t hooks(const SetTarget& target);
    static void save(const SetTarget& target, std::string& out);
    static void list(const SetTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
