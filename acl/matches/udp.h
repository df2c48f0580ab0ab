// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/tcp.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-p udp --sport --dport`.
struct UdpMatch {
    PortRange source;
    PortRange destination;
    bool operator==(const UdpMatch&) const = default;
};

namespace text {

template <>
struct Syntax<UdpMatch> {
    static std::span<const Form<UdpMatch>> forms();
    static Checked parse(UdpMatch& match, const OptionUse& use);
    static void save(const UdpMatch& match, std::string& out);
    static void list(const UdpMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
