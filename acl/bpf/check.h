// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "acl/bpf/instruction.h"

namespace sluice::acl::bpf {

/// What is wrong with a program, and at which instruction, from 0.
struct Flaw {
    std::size_t instruction = 0;
    std::string_view what;
};

/// What Linux refuses in a program (bpf_check_classic): codes that there are not, numbers out of range, jumps
/// that leave the program, cells that are read before every way there has written them, an end that is no
/// return.
///
/// Returns: the first flaw; none: the program may be run. In: at least one instruction. Cost: one look at
/// each.
[[nodiscard]] std::optional<Flaw> flaw_of(std::span<const Instruction> program);

}  // namespace sluice::acl::bpf
