// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m conntrack --ctstate LIST`; the other options of the match are refused until they are built.
struct ConntrackMatch {
    std::uint8_t states = 0;  ///< bits of conntrack::CtState
    bool snat = false;        ///< the pseudo-states SNAT and DNAT in the list
    bool dnat = false;
    bool inverted = false;
    bool operator==(const ConntrackMatch&) const = default;
};

namespace text {

template <>
struct Syntax<ConntrackMatch> {
    static std::span<const Form<ConntrackMatch>> forms();
    static Checked parse(ConntrackMatch& match, const OptionUse& use);
    static void save(const ConntrackMatch& match, std::string& out);
    static void list(const ConntrackMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
