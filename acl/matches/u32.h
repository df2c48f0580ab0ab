// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m u32 [!] --u32 "0>>22&0x3C@0>>24=0:8 && ..."`: words of the packet, picked and compared by a small
/// program.
struct U32Match {
    enum class Operation : std::uint8_t {
        bit_and,
        left,
        right,
        at,  ///< moves the begin by the value so far, and reads the word at the number from there
    };
    struct Step {
        Operation operation = Operation::at;  ///< the first one's is always `at`
        std::uint32_t number = 0;
        bool operator==(const Step&) const = default;
    };
    struct Range {
        std::uint32_t min = 0;
        std::uint32_t max = 0;
        bool operator==(const Range&) const = default;
    };
    /// What stands between two `&&`: the value that the steps end with lies in one of the ranges.
    struct Test {
        std::vector<Step> steps;
        std::vector<Range> ranges;
        bool operator==(const Test&) const = default;
    };
    std::vector<Test> tests;  ///< all must hold
    bool inverted = false;
    bool operator==(const U32Match&) const = default;
};

namespace text {

template <>
struct Syntax<U32Match> {
    static std::span<const Form<U32Match>> forms();
    static Checked parse(U32Match& match, const OptionUse& use);
    static void save(const U32Match& match, std::string& out);
    static void list(const U32Match& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
