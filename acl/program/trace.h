// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

namespace sluice::acl {

/// A counter of the ruleset: each rule has one, and each built-in chain's policy. Dense from 0.
enum class RuleId : std::uint32_t {};

/// Something that a remembered path does or asks again for each packet that takes it, in the order of the long way.
///
/// Guards and effects alternate: `-j MARK --set-mark 1` changes what `-m mark` says behind it. So a path is rehearsed
/// on the packet's view, step by step; only when every answer is as before are the effects applied to the packet.
struct PathStep {
    enum class Kind : std::uint8_t {
        guard,              ///< a question about the packet: the path holds for a packet that answers alike
        history,            ///< a question whose asking counts (limit, recent): the same, asked once a packet
        string,             ///< the packet has the string whose number stands in `rule`
        string_count,       ///< of all strings it has so many as stand there
        effect,             ///< the rule's target changes the packet or its connection
        dress_destination,  ///< destination NAT, where the connection has some
        forward,            ///< the TTL goes down
        dress_source,       ///< source NAT
    };
    RuleId rule{};           ///< string, string_count: a number
    std::uint8_t match = 0;  ///< guard, history: index into the rule's compiled matches
    Kind kind = Kind::guard;
    bool answer = false;
    bool operator==(const PathStep&) const = default;
};
static_assert(sizeof(PathStep) == 8);

/// What a packet met on the long way, in order, through all hooks: what a path is made from.
///
/// Shape: fixed, so that the packet path never allocates. A walk that meets more is judged and counted like any
/// other, but leaves no path (`overflowed`).
struct Trace {
    static constexpr std::size_t kMaxRules = 192;
    static constexpr std::size_t kMaxSteps = 32;

    std::uint16_t rule_count = 0;
    std::uint8_t step_count = 0;
    bool overflowed = false;
    bool asks = false;         ///< there are steps besides the landmarks of NAT and forwarding
    bool needs_bytes = false;  ///< a question is about bytes that an earlier step has changed
    bool bytes_changed = false;    ///< by a target: what the rules behind read there is not what arrived
    bool outside_changed = false;  ///< something that questions ask about, by a target
    bool headers_changed = false;  ///< by NAT, the TTL or a target
    std::array<RuleId, kMaxRules> rules;
    std::array<PathStep, kMaxSteps> steps;

    void clear() noexcept {
        rule_count = 0;
        step_count = 0;
        overflowed = false;
        asks = false;
        needs_bytes = false;
        bytes_changed = false;
        outside_changed = false;
        headers_changed = false;
    }
    void add(RuleId rule) noexcept {
        if (rule_count == kMaxRules) {
            overflowed = true;
            return;
        }
        rules[rule_count++] = rule;
    }
    void add(const PathStep& step) noexcept {
        if (step_count == kMaxSteps) {
            overflowed = true;
            return;
        }
        steps[step_count++] = step;
    }
    /// NAT or forwarding, which change headers.
    void add(PathStep::Kind landmark) noexcept {
        headers_changed = true;
        add(PathStep{.kind = landmark});
    }
};

}  // namespace sluice::acl
