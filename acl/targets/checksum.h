// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// CHECKSUM --checksum-fill: for packets of local programs whose checksum the NIC was to fill in. Table mangle.
struct ChecksumTarget {
    bool fill = false;
    bool operator==(const ChecksumTarget&) const = default;
};

namespace text {

template <>
struct Syntax<ChecksumTarget> {
    static std::span<const Form<ChecksumTarget>> forms();
    static Checked parse(ChecksumTarget& target, const OptionUse& use);
    static Checked finish(const ChecksumTarget& target, const RuleFacts& rule);
    static void save(const ChecksumTarget& target, std::string& out);
    static void list(const ChecksumTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
