// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// ECN: clears ECE and CWR in the TCP header. Table mangle.
struct EcnTarget {
    bool tcp_remove = false;
    bool operator==(const EcnTarget&) const = default;
};

namespace text {

template <>
struct Syntax<EcnTarget> {
    static std::span<const Form<EcnTarget>> forms();
    static Checked parse(EcnTarget& target, const OptionUse& use);
    static Checked finish(const EcnTarget& target, const RuleFacts& rule);
    static void save(const EcnTarget& target, std::string& out);
    static void list(const EcnTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
