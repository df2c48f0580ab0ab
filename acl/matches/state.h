// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice::acl {

/// `-m state --state LIST`, the elder sister of conntrack.
struct StateMatch {
    std::uint8_t states = 0;  ///< bits of conntrack::CtState
    bool inverted = false;
    bool operator==(const StateMatch&) const = default;
};

}  // namespace sluice::acl
