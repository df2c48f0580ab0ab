// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m state --state LIST`, the elder sister of conntrack.
struct StateMatch {
    std::uint8_t states = 0;  ///< bits of conntrack::CtState
    bool inverted = false;
    bool operator==(const StateMatch&) const = default;
};

namespace text {

template <>
struct Syntax<StateMatch> {
    static std::span<const Form<StateMatch>> forms();
    static Checked parse(StateMatch& match, const OptionUse& use);
    static void save(const StateMatch& match, std::string& out);
    static void list(const StateMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
