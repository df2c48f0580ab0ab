// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/refused.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// NFQUEUE: lets a local program decide.
struct NfqueueTarget {
    std::uint16_t first = 0;
    std::uint16_t last = 0;  ///< behind `first`: connections are spread over these queues
    bool bypass = false;
    bool cpu_fanout = false;
    bool is_given = false;  ///< --queue-num or --queue-balance stands in the rule
    bool operator==(const NfqueueTarget&) const = default;
};

template <>
struct Refused<NfqueueTarget> {
    static constexpr bool kAlways = true;
    static std::string_view why(const NfqueueTarget& /*target*/) {
        return "target NFQUEUE needs a local program that decides, and none are connected to the router yet";
    }
};

namespace text {

template <>
struct Syntax<NfqueueTarget> {
    static std::span<const Form<NfqueueTarget>> forms();
    static Checked parse(NfqueueTarget& target, const OptionUse& use);
    static Checked finish(const NfqueueTarget& target, const RuleFacts& rule);
    static void save(const NfqueueTarget& target, std::string& out);
    static void list(const NfqueueTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
