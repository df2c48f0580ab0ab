// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

namespace sluice::acl {

/// A counter of the ruleset: each rule has one, and each built-in chain's policy. Dense from 0.
enum class RuleId : std::uint32_t {};

/// A question about the packet itself that was asked on the way: match number `match` of rule `rule`.
/// A remembered path holds for a packet that answers alike.
struct Guard {
    RuleId rule{};
    std::uint8_t match = 0;  ///< index into the rule's compiled matches
    bool answer = false;
    /// Asked behind Forward, where the TTL is one less than on arrival: the one header field that rules may ask
    /// on both sides of a change.
    bool is_behind_ttl = false;
    bool operator==(const Guard&) const = default;
};

/// What a packet met on the long way, in order, through all hooks: what a path is made from.
///
/// Shape: fixed, so that the packet path never allocates. A walk that meets more is judged and counted like any
/// other, but leaves no path (`overflowed`).
struct Trace {
    static constexpr std::size_t kMaxRules = 192;
    static constexpr std::size_t kMaxGuards = 12;

    std::uint16_t rule_count = 0;
    std::uint8_t guard_count = 0;
    bool overflowed = false;
    std::array<RuleId, kMaxRules> rules;
    std::array<Guard, kMaxGuards> guards;

    void clear() noexcept {
        rule_count = 0;
        guard_count = 0;
        overflowed = false;
    }
    void add(RuleId rule) noexcept {
        if (rule_count == kMaxRules) {
            overflowed = true;
            return;
        }
        rules[rule_count++] = rule;
    }
    void add(const Guard& guard) noexcept {
        if (guard_count == kMaxGuards) {
            overflowed = true;
            return;
        }
        guards[guard_count++] = guard;
    }
};

}  // namespace sluice::acl
