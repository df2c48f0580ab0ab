// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "acl/refused.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// What an element's counter must be, after the packet has been counted on it.
struct SetCounterTest {
    enum class Kind : std::uint8_t { any, equal, not_equal, less, greater };
    Kind kind = Kind::any;
    std::uint64_t value = 0;
    bool operator==(const SetCounterTest&) const = default;
};

/// `-m set --match-set NAME src,dst`: the packet is in a set of ipset(8).
struct SetMatch {
    static constexpr std::size_t kMostDirections = 6;

    std::string name;
    std::uint8_t directions = 0;                           ///< how many words there are; 0: no --match-set yet
    std::array<bool, kMostDirections> is_destination{};    ///< by dimension
    bool inverted = false;
    bool return_nomatch = false;
    bool leave_counters = false;     ///< ! --update-counters
    bool leave_subcounters = false;  ///< ! --update-subcounters
    SetCounterTest packets;
    SetCounterTest bytes;
    bool operator==(const SetMatch&) const = default;
};

template <>
struct Refused<SetMatch> {
    static constexpr bool kAlways = true;
    static std::string_view why(const SetMatch& /*match*/) {
        return "match set is not built yet: sets can be kept, but no packet is looked up in them";
    }
};

namespace text {

template <>
struct Syntax<SetMatch> {
    static std::span<const Form<SetMatch>> forms();
    static Checked parse(SetMatch& match, const OptionUse& use);
    static void save(const SetMatch& match, std::string& out);
    static void list(const SetMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
