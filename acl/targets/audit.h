// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// AUDIT: tells of the packet in the log, in the words of the kernel's audit records, and lets it go on. They
/// do not say which type it was.
struct AuditTarget {
    enum class Type : std::uint8_t { accept, drop, reject };
    Type type = Type::accept;
    bool operator==(const AuditTarget&) const = default;
};

namespace text {

template <>
struct Syntax<AuditTarget> {
    static std::span<const Form<AuditTarget>> forms();
    static Checked parse(AuditTarget& target, const OptionUse& use);
    static void save(const AuditTarget& target, std::string& out);
    static void list(const AuditTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
