// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m cpu [!] --cpu N`: the processor that goes through the rules with the packet.
struct CpuMatch {
    std::uint32_t cpu = 0;
    bool inverted = false;
    bool operator==(const CpuMatch&) const = default;
};

namespace text {

template <>
struct Syntax<CpuMatch> {
    static std::span<const Form<CpuMatch>> forms();
    static Checked parse(CpuMatch& match, const OptionUse& use);
    static void save(const CpuMatch& match, std::string& out);
    static void list(const CpuMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
