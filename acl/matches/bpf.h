// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "acl/bpf/ancillary.h"
#include "acl/bpf/instruction.h"
#include "acl/refused.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"`: a program of classic BPF, which holds where it
/// does not return 0.
struct BpfMatch {
    std::vector<bpf::Instruction> program;  ///< checked (acl/bpf/check.h)
    std::string object;  ///< `--object-pinned`, instead of a program: a path of Linux's bpf file system
    bool operator==(const BpfMatch&) const = default;
};

template <>
struct Refused<BpfMatch> {
    static std::string_view why(const BpfMatch& match) {
        return match.object.empty()
                   ? bpf::why_unanswered(match.program)
                   : "match bpf: --object-pinned names a program in Linux, which no packet of a router in "
                     "user space meets; --bytecode holds one itself";
    }
};

namespace text {

template <>
struct Syntax<BpfMatch> {
    static std::span<const Form<BpfMatch>> forms();
    static Checked parse(BpfMatch& match, const OptionUse& use);
    static Checked finish(const BpfMatch& match, const RuleFacts& rule);
    static void save(const BpfMatch& match, std::string& out);
    static void list(const BpfMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
