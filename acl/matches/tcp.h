// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// An inclusive range of ports in host order, with `!`.
struct PortRange {
    std::uint16_t min = 0;
    std::uint16_t max = 0xffff;
    bool inverted = false;
    bool operator==(const PortRange&) const = default;
};

/// `-p tcp --sport --dport`; flags and options of the match are refused until they are built.
struct TcpMatch {
    PortRange source;
    PortRange destination;
    bool operator==(const TcpMatch&) const = default;
};

namespace text {

template <>
struct Syntax<TcpMatch> {
    static std::span<const Form<TcpMatch>> forms();
    static Checked parse(TcpMatch& match, const OptionUse& use);
    static void save(const TcpMatch& match, std::string& out);
    static void list(const TcpMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
