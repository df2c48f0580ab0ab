// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "tests/model/slow_netfilter.h"

/// Classic BPF as the table of instructions in Documentation/networking/filter.rst has it, code by code.
namespace sluice::model {

/// What a program returns for a packet. In: one that Linux takes.
[[nodiscard]] std::uint32_t run_program(const std::vector<acl::bpf::Instruction>& program,
                                        const Packet& packet);

}  // namespace sluice::model
