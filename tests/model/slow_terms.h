// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <compare>
#include <cstddef>
#include <string>

#include "acl/packet_view.h"
#include "acl/ruleset.h"

/// The words that the slow netfilter's parts share.
namespace sluice::model {

using acl::Hook;
using acl::TableId;
using Packet = acl::PacketView<net::Ipv4>;
using Rules = acl::Ruleset<net::Ipv4>;

/// Where a counter is: a rule of a chain by its number from 0, or the chain's policy (number -1).
struct Place {
    TableId table{};
    std::string chain;
    int rule = -1;
    auto operator<=>(const Place&) const = default;
};

/// One of a rule's questions, by its number: the matches' parts are counted through the rule.
struct MatchPlace {
    Place rule;
    std::size_t number = 0;
    auto operator<=>(const MatchPlace&) const = default;
};

/// What a match says.
struct Reading {
    bool holds = false;
    bool drops = false;  ///< cannot be answered: the packet goes no further
};

}  // namespace sluice::model
