// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// TTL: sets the time to live, or adds to it or takes from it, within 0 to 255. Table mangle.
struct TtlTarget {
    enum class Mode : std::uint8_t { none, set, increase, decrease };
    Mode mode = Mode::none;
    std::uint8_t value = 0;
    bool operator==(const TtlTarget&) const = default;
};

namespace text {

template <>
struct Syntax<TtlTarget> {
    static std::span<const Form<TtlTarget>> forms();
    static Checked parse(TtlTarget& target, const OptionUse& use);
    static Checked finish(const TtlTarget& target, const RuleFacts& rule);
    static void save(const TtlTarget& target, std::string& out);
    static void list(const TtlTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
