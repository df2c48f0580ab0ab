// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/refused.h"
#include "acl/text/syntax.h"
#include "dataplane/net/address.h"

namespace sluice::acl {

/// TPROXY: hands the connection to a local program, whatever its destination. Table mangle.
struct TproxyTarget {
    std::uint16_t port = 0;  ///< 0: that of the packet
    net::Ipv4Address address{};
    std::uint32_t mark = 0;
    std::uint32_t mask = 0;
    bool operator==(const TproxyTarget&) const = default;
};

template <>
struct Refused<TproxyTarget> {
    static constexpr bool kAlways = true;
    static std::string_view why(const TproxyTarget& /*target*/) {
        return "target TPROXY needs local programs, and none are connected to the router yet";
    }
};

namespace text {

template <>
struct Syntax<TproxyTarget> {
    static std::span<const Form<TproxyTarget>> forms();
    static Checked parse(TproxyTarget& target, const OptionUse& use);
    static Checked finish(const TproxyTarget& target, const RuleFacts& rule);
    static void save(const TproxyTarget& target, std::string& out);
    static void list(const TproxyTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
