// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// CT, of which --notrack (and its older form NOTRACK) is built: conntrack leaves the packet alone. Without an option it
/// does nothing. Table raw.
struct CtTarget {
    bool notrack = false;
    bool is_alias = false;  ///< written as -j NOTRACK
    bool operator==(const CtTarget&) const = default;
};

namespace text {

template <>
struct Syntax<CtTarget> {
    static std::span<const Form<CtTarget>> forms();
    static std::size_t form_of(const CtTarget& target);
    static std::string_view list_name(const CtTarget& target);
    static Checked parse(CtTarget& target, const OptionUse& use);
    static void save(const CtTarget& target, std::string& out);
    static void list(const CtTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
