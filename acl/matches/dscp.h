// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m dscp --dscp N`, or `--dscp-class NAME`: the upper six bits of the type of service.
struct DscpMatch {
    std::uint8_t dscp = 0;
    bool inverted = false;
    bool is_given = false;  ///< by one of the two options
    bool operator==(const DscpMatch&) const = default;
};

namespace text {

template <>
struct Syntax<DscpMatch> {
    static std::span<const Form<DscpMatch>> forms();
    static Checked parse(DscpMatch& match, const OptionUse& use);
    static void save(const DscpMatch& match, std::string& out);
    static void list(const DscpMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
