// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-p tcp -m tcpmss [!] --mss MIN[:MAX]`: the segment size that a SYN offers.
struct TcpmssMatch {
    std::uint16_t min = 0;
    std::uint16_t max = 0;
    bool inverted = false;
    bool operator==(const TcpmssMatch&) const = default;
};

namespace text {

template <>
struct Syntax<TcpmssMatch> {
    static std::span<const Form<TcpmssMatch>> forms();
    static Checked parse(TcpmssMatch& match, const OptionUse& use);
    static void save(const TcpmssMatch& match, std::string& out);
    static void list(const TcpmssMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
