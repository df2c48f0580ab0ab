// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice::acl {

/// `-m conntrack --ctstate LIST`; the other options of the match are refused until they are built.
struct ConntrackMatch {
    std::uint8_t states = 0;      ///< bits of conntrack::CtState
    bool snat = false;            ///< the pseudo-states SNAT and DNAT in the list
    bool dnat = false;
    bool inverted = false;
    bool operator==(const ConntrackMatch&) const = default;
};

}  // namespace sluice::acl
