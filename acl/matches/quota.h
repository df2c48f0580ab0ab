// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m quota [!] --quota BYTES`: holds until so many bytes have come; the packet that goes beyond ends it for good.
struct QuotaMatch {
    std::uint64_t bytes = 0;
    bool inverted = false;
    bool operator==(const QuotaMatch&) const = default;
};

namespace text {

template <>
struct Syntax<QuotaMatch> {
    static std::span<const Form<QuotaMatch>> forms();
    static Checked parse(QuotaMatch& match, const OptionUse& use);
    static void save(const QuotaMatch& match, std::string& out);
    static void list(const QuotaMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
