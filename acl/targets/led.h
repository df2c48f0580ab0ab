// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

#include "acl/refused.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// LED: blinks a light of the machine.
struct LedTarget {
    static constexpr std::uint32_t kForever = 0xffffffffU;
    std::string trigger;
    std::uint32_t delay_ms = 0;
    bool always_blink = false;
    bool operator==(const LedTarget&) const = default;
};

template <>
struct Refused<LedTarget> {
    static constexpr bool kAlways = true;
    static std::string_view why(const LedTarget& /*target*/) {
        return "target LED needs the kernel's lights, which a router in user space cannot reach";
    }
};

namespace text {

template <>
struct Syntax<LedTarget> {
    static std::span<const Form<LedTarget>> forms();
    static Checked parse(LedTarget& target, const OptionUse& use);
    static void save(const LedTarget& target, std::string& out);
    static void list(const LedTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
