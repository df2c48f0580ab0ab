// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/refused.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// CONNSECMARK: copies the packet's security mark to its connection, or back. Tables mangle and security.
struct ConnsecmarkTarget {
    enum class Mode : std::uint8_t { none, save, restore };
    Mode mode = Mode::none;
    bool operator==(const ConnsecmarkTarget&) const = default;
};

template <>
struct Refused<ConnsecmarkTarget> {
    static constexpr bool kAlways = true;
    static std::string_view why(const ConnsecmarkTarget& /*target*/) {
        return "target CONNSECMARK needs SELinux, which sees no packet of a router in user space";
    }
};

namespace text {

template <>
struct Syntax<ConnsecmarkTarget> {
    static std::span<const Form<ConnsecmarkTarget>> forms();
    static Checked parse(ConnsecmarkTarget& target, const OptionUse& use);
    static Checked finish(const ConnsecmarkTarget& target, const RuleFacts& rule);
    static void save(const ConnsecmarkTarget& target, std::string& out);
    static void list(const ConnsecmarkTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
