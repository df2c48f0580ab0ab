// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m ttl --ttl-eq|--ttl-lt|--ttl-gt N`.
struct TtlMatch {
    enum class Mode : std::uint8_t { none, equal, unequal, less, greater };
    Mode mode = Mode::none;
    std::uint8_t ttl = 0;
    bool operator==(const TtlMatch&) const = default;
};

namespace text {

template <>
struct Syntax<TtlMatch> {
    static std::span<const Form<TtlMatch>> forms();
    static Checked parse(TtlMatch& match, const OptionUse& use);
    static void save(const TtlMatch& match, std::string& out);
    static void list(const TtlMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
