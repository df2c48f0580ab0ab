// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// REJECT: drops and answers. ICMP types as iptables-extensions(8) names them, or a TCP reset.
struct RejectTarget {
    enum class With : std::uint8_t {
        icmp_net_unreachable,    ///< 3/0
        icmp_host_unreachable,   ///< 3/1
        icmp_proto_unreachable,  ///< 3/2
        icmp_port_unreachable,   ///< 3/3, the default
        icmp_net_prohibited,     ///< 3/9
        icmp_host_prohibited,    ///< 3/10
        icmp_admin_prohibited,   ///< 3/13
        tcp_reset,
    };
    With with = With::icmp_port_unreachable;
    bool operator==(const RejectTarget&) const = default;
};

namespace text {

template <>
struct Syntax<RejectTarget> {
    static std::span<const Form<RejectTarget>> forms();
    static Checked parse(RejectTarget& target, const OptionUse& use);
    static Checked finish(const RejectTarget& target, const RuleFacts& rule);
    static void save(const RejectTarget& target, std::string& out);
    static void list(const RejectTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
