// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

#include "acl/refused.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// IDLETIMER: tells in /sys when no packet has come for a while.
struct IdletimerTarget {
    std::string label;
    std::uint32_t timeout_s = 0;
    bool alarm = false;
    bool operator==(const IdletimerTarget&) const = default;
};

template <>
struct Refused<IdletimerTarget> {
    static constexpr bool kAlways = true;
    static std::string_view why(const IdletimerTarget& /*target*/) {
        return "target IDLETIMER tells through the kernel's /sys, which a router in user space has no part "
               "of";
    }
};

namespace text {

template <>
struct Syntax<IdletimerTarget> {
    static std::span<const Form<IdletimerTarget>> forms();
    static Checked parse(IdletimerTarget& target, const OptionUse& use);
    static void save(const IdletimerTarget& target, std::string& out);
    static void list(const IdletimerTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
