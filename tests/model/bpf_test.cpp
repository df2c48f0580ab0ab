// SPDX-License-Identifier: BSD-3-Clause
/// Random programs on random packets: the machine and the slow one return the same (MAT-2, VER-1).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "acl/bpf/check.h"
#include "acl/bpf/machine.h"
#include "tests/model/generate.h"
#include "tests/model/slow_bpf.h"

namespace sluice::model {
namespace {

std::string text_of(const std::vector<acl::bpf::Instruction>& program) {
    std::string text = fmt::format("{}", program.size());
    for (const auto& [code, jt, jf, k] : program) {
        text += fmt::format(",{} {} {} {}", code, jt, jf, k);
    }
    return text;
}

TEST(BpfModel, random_programs_return_what_they_return_by_the_book) {
    Generator generator(1);
    unsigned long_enough = 0;
    for (int i = 0; i < 20'000 && !HasFailure(); ++i) {
        const std::vector<acl::bpf::Instruction> program = generator.bpf_program();
        const std::string text = text_of(program);
        ASSERT_FALSE(acl::bpf::flaw_of(program).has_value()) << text;
        ASSERT_EQ(acl::bpf::why_unanswered(program), "") << text;
        for (int j = 0; j < 4; ++j) {
            HeaderBytes bytes;
            const Packet packet = generator.packet(static_cast<Hook>(generator.below(acl::kHooks)), bytes);
            const std::uint32_t expected = run_program(program, packet);
            EXPECT_EQ(acl::bpf::Machine<net::Ipv4>(packet).run(program), expected) << text;
            long_enough += expected > 1 ? 1 : 0;
        }
    }
    EXPECT_GT(long_enough, 10'000U);  // most of them are no trivial 0
}

/// Whatever the text says, what passes the check ends, and touches nothing but its own cells (ROB-2).
TEST(BpfModel, programs_of_random_numbers_are_refused_or_run_to_their_end) {
    Generator generator(2);
    unsigned taken = 0;
    for (int i = 0; i < 300'000; ++i) {
        std::vector<acl::bpf::Instruction> program(1 + generator.below(6));
        for (acl::bpf::Instruction& instruction : program) {
            instruction.code = static_cast<std::uint16_t>(generator.below(0xb8));
            instruction.if_true = static_cast<std::uint8_t>(generator.below(4));
            instruction.if_false = static_cast<std::uint8_t>(generator.below(4));
            instruction.k = generator.chance(70) ? generator.below(20) : generator.below(0xffffffffU);
        }
        if (generator.chance(80)) {
            program.back().code = 0x16;
        }
        if (acl::bpf::flaw_of(program) || !acl::bpf::why_unanswered(program).empty()) {
            continue;
        }
        ++taken;
        HeaderBytes bytes;
        const Packet packet = generator.packet(Hook::forward, bytes);
        EXPECT_EQ(acl::bpf::Machine<net::Ipv4>(packet).run(program), run_program(program, packet))
            << text_of(program);
    }
    EXPECT_GT(taken, 1'000U);
}

}  // namespace
}  // namespace sluice::model
