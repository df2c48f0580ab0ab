// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// CLASSIFY: the class of the packet for queueing (skb->priority), which nothing in this router reads.
struct ClassifyTarget {
    std::uint32_t priority = 0;  ///< MAJOR:MINOR, 16 bits each
    bool operator==(const ClassifyTarget&) const = default;
};

namespace text {

template <>
struct Syntax<ClassifyTarget> {
    static std::span<const Form<ClassifyTarget>> forms();
    static Checked parse(ClassifyTarget& target, const OptionUse& use);
    static void save(const ClassifyTarget& target, std::string& out);
    static void list(const ClassifyTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
