// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include "acl/sets/directions.h"
#include "acl/sets/packet_ask.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m set --match-set NAME src,dst`: the packet is in a set of ipset(8).
struct SetMatch {
    std::string name;
    sets::Directions directions;
    bool inverted = false;
    bool return_nomatch = false;
    bool leave_counters = false;     ///< ! --update-counters
    bool leave_subcounters = false;  ///< ! --update-subcounters
    sets::CounterTest packets;
    sets::CounterTest bytes;
    bool operator==(const SetMatch&) const = default;
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
