// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m ecn`: the lower two bits of the type of service, and the two flags of TCP.
struct EcnMatch {
    /// One condition, and whether it is negated.
    enum class Ask : std::uint8_t { nothing, set, clear };
    Ask cwr = Ask::nothing;
    Ask ece = Ask::nothing;
    Ask ect = Ask::nothing;
    std::uint8_t ect_value = 0;
    bool operator==(const EcnMatch&) const = default;
};

namespace text {

template <>
struct Syntax<EcnMatch> {
    static std::span<const Form<EcnMatch>> forms();
    static Checked parse(EcnMatch& match, const OptionUse& use);
    static Checked finish(const EcnMatch& match, const RuleFacts& rule);
    static void save(const EcnMatch& match, std::string& out);
    static void list(const EcnMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
