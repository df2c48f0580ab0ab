// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m owner`: the user or group of the local program that sent the packet. There are none here.
struct OwnerMatch {
    struct Range {
        std::uint32_t min = 0;
        std::uint32_t max = 0;
        bool operator==(const Range&) const = default;
    };
    enum Ask : std::uint8_t { uid = 1, gid = 2, socket = 4, supplementary_groups = 8 };  ///< the kernel's XT_OWNER_*
    std::uint8_t asked = 0;
    std::uint8_t inverted = 0;
    Range user;
    Range group;
    bool operator==(const OwnerMatch&) const = default;
};

namespace text {

template <>
struct Syntax<OwnerMatch> {
    static std::span<const Form<OwnerMatch>> forms();
    static Checked parse(OwnerMatch& match, const OptionUse& use);
    static Checked finish(const OwnerMatch& match, const RuleFacts& rule);
    static void save(const OwnerMatch& match, std::string& out);
    static void list(const OwnerMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
