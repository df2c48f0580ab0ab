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

/// `--tcp-flags MASK COMPARE`: of the flags in the mask, just those to compare are set. `--syn` is one of
/// them.
struct TcpFlags {
    std::uint8_t mask = 0;
    std::uint8_t compare = 0;
    bool inverted = false;
    bool operator==(const TcpFlags&) const = default;
    [[nodiscard]] bool asks() const { return *this != TcpFlags{}; }
};

/// `--tcp-option NUMBER`: the option is there; 0: not asked.
struct TcpOption {
    std::uint8_t number = 0;
    bool inverted = false;
    bool operator==(const TcpOption&) const = default;
    [[nodiscard]] bool asks() const { return number != 0; }
};

/// `-p tcp --sport --dport --tcp-flags --syn --tcp-option`.
struct TcpMatch {
    PortRange source{};
    PortRange destination{};
    TcpFlags flags{};
    TcpOption option{};
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
