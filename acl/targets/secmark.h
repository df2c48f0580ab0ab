// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "acl/refused.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// SECMARK: gives the packet a security mark. Tables mangle and security.
struct SecmarkTarget {
    std::string context;  ///< of SELinux
    bool operator==(const SecmarkTarget&) const = default;
};

template <>
struct Refused<SecmarkTarget> {
    static constexpr bool kAlways = true;
    static std::string_view why(const SecmarkTarget& /*target*/) {
        return "target SECMARK needs SELinux, which sees no packet of a router in user space";
    }
};

namespace text {

template <>
struct Syntax<SecmarkTarget> {
    static std::span<const Form<SecmarkTarget>> forms();
    static Checked parse(SecmarkTarget& target, const OptionUse& use);
    static void save(const SecmarkTarget& target, std::string& out);
    static void list(const SecmarkTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
