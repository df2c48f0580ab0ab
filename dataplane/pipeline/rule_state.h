// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "acl/program/program.h"
#include "conntrack/ct_state.h"
#include "dataplane/base/counter.h"
#include "dataplane/base/ids.h"
#include "dataplane/packet/verdict.h"

/// What one worker knows about one ruleset: its rule counters, and the paths that it has recorded.
///
/// A *path* is what a packet met on the long way, kept so that the next one of its connection need not go there:
///
///   key      connection and direction (by the reference that the direction's record holds), connection state,
///            interfaces, and the generation of the ruleset
///   steps    the questions about the packet itself that were asked, with their answers, and in between what the
///            targets did and where NAT and forwarding took place; none where nothing was asked and done
///   verdict  accept, or the reason to drop
///   rules    those met: a packet on the short way counts once on its path, and a rule's counter is what it
///            counted on the long way plus the sum over the paths that contain it
///
/// Paths are interned: ten thousand connections that meet the same rules share one. A packet that answers a guard
/// otherwise records a second path beside the first: a record refers to a *set* of paths, interned as well.
///
/// Example: `-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT`, `-A FORWARD -p icmp --icmp-type 8 -j ACCEPT`,
/// policy DROP. An echo request, state NEW, goes: rule 1 no (in the key), rule 2's icmp-type asked: yes (a guard),
/// accepted: path P = {NEW, lan, wan, steps: [forward, rule 2 match 0: yes], rules: [2], accept}. A thousand clients that
/// ping share P.
///
/// Life: made by the control thread with the ruleset, one a worker; written by that worker alone; dies with the
/// ruleset when all workers have left it, after the control thread has read the last counts.
/// Readers: the control thread, at any time: paths are append-only, `path_count_` is published by release.
namespace sluice::pipeline {

/// A reference to a set of paths as a direction's record holds it: set:24 | worker:8 | rule generation:32.
///
/// One word, so that two workers that both write a record leave the one or the other, never a mixture.
class PathReference {
public:
    static constexpr std::uint32_t kMaxSets = 1U << 24U;

    PathReference() = default;
    PathReference(std::uint32_t set, base::WorkerId worker, std::uint32_t generation) noexcept
        : word_(std::uint64_t{set} << 40U | std::uint64_t{static_cast<std::uint8_t>(worker)} << 32U | generation) {}
    explicit PathReference(std::uint64_t word) noexcept : word_(word) {}

    [[nodiscard]] std::uint64_t word() const noexcept { return word_; }
    [[nodiscard]] std::uint32_t set() const noexcept { return static_cast<std::uint32_t>(word_ >> 40U); }
    /// True where this worker recorded it under this ruleset.
    [[nodiscard]] bool is_of(base::WorkerId worker, std::uint32_t generation) const noexcept {
        return (word_ & 0xffffffffffU) ==
               (std::uint64_t{static_cast<std::uint8_t>(worker)} << 32U | generation);
    }

private:
    std::uint64_t word_ = 0;  ///< generation 0 never exists
};

/// One path; immutable but for its counter. Rules and steps lie in RuleState::path_rules_ and path_steps_.
struct Path {
    conntrack::CtState state = conntrack::CtState::invalid;
    packet::Verdict verdict = packet::Verdict::accept;
    std::uint8_t step_count = 0;  ///< 0: nothing to ask or to do but NAT and forwarding
    bool needs_bytes = false;     ///< its rehearsal changes bytes that it asks about
    base::InterfaceId in = base::kNoInterface;
    base::InterfaceId out = base::kNoInterface;
    std::uint32_t first_rule = 0;
    std::uint32_t rule_count = 0;
    std::uint32_t first_step = 0;
    base::PacketCounter met;
};

/// Alternatives for one record, tried in order.
struct PathSet {
    static constexpr std::size_t kMaxPaths = 6;
    std::uint8_t count = 0;
    std::array<std::uint32_t, kMaxPaths> paths{};
};

template <net::Family F>
class RuleState {
public:
    static constexpr std::uint32_t kMaxPathsDefault = 8192;
    static constexpr std::uint32_t kRulesPerPath = 24;  ///< room for rules, on average
    static constexpr std::uint32_t kStepsPerPath = 8;

    RuleState(const acl::Program<F>& program, base::WorkerId worker, std::uint32_t generation,
              std::uint32_t max_paths = kMaxPathsDefault)
        : program_(program),
          worker_(worker),
          generation_(generation),
          counters_(program.counter_count()),
          paths_(std::make_unique<Path[]>(max_paths)),
          path_rules_(std::size_t{max_paths} * kRulesPerPath),
          path_steps_(std::size_t{max_paths} * kStepsPerPath),
          sets_(std::make_unique<PathSet[]>(std::size_t{max_paths} * 2)),
          path_index_(std::size_t{max_paths} * 2, kFree),
          set_index_(std::size_t{max_paths} * 4, kFree),
          max_paths_(max_paths) {}

    [[nodiscard]] const acl::Program<F>& program() const noexcept { return program_; }
    [[nodiscard]] std::span<base::PacketCounter> counters() noexcept { return counters_; }
    [[nodiscard]] std::uint32_t generation() const noexcept { return generation_; }

    [[nodiscard]] std::span<const acl::PathStep> steps(const Path& path) const noexcept {
        return {path_steps_.data() + path.first_step, path.step_count};
    }

    /// The path of a packet whose record holds `reference`, or nullptr: it must go the long way.
    /// In: `holds(path)`, asked of paths that have steps: what the packet answers (stages/rehearse.h).
    /// Cost: the path's line.
    template <class Holds>
    [[nodiscard]] Path* find(PathReference reference, conntrack::CtState state, base::InterfaceId in,
                             Holds&& holds) noexcept {
        if (!reference.is_of(worker_, generation_)) {
            return nullptr;
        }
        const PathSet& set = sets_[reference.set()];
        for (std::size_t i = 0; i < set.count; ++i) {
            Path& path = paths_[set.paths[i]];
            if (path.state == state && path.in == in && (path.step_count == 0 || holds(path))) {
                return &path;
            }
        }
        return nullptr;
    }

    /// Interns the path that a packet has just gone and adds it to those of `before`.
    /// Returns the reference to store; where the tables are full or the trace overflowed, `before`, as what it leads
    /// to holds for other packets still, and this one's like stay on the long way (counted in `unrecorded`).
    [[nodiscard]] PathReference remember(PathReference before, const acl::Trace& trace, conntrack::CtState state,
                                         base::InterfaceId in, base::InterfaceId out,
                                         packet::Verdict verdict) noexcept;

    /// Adds what this worker has counted for each rule, paths included, to `totals` (one a RuleId).
    /// Threads: the control thread, at any time.
    void add_to(std::span<base::PacketCount> totals) const noexcept;

    [[nodiscard]] std::uint32_t path_count() const noexcept { return path_count_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t unrecorded() const noexcept { return unrecorded_.value(); }

private:
    static constexpr std::uint32_t kFree = 0xffffffffU;

    /// What a path must keep of a trace: landmarks alone need no keeping.
    [[nodiscard]] static std::span<const acl::PathStep> steps_of(const acl::Trace& trace) noexcept {
        return {trace.steps.data(), trace.asks ? trace.step_count : std::size_t{0}};
    }
    [[nodiscard]] bool same(const Path& path, const acl::Trace& trace, conntrack::CtState state,
                            base::InterfaceId in, base::InterfaceId out, packet::Verdict verdict) const noexcept;
    [[nodiscard]] std::uint32_t intern_path(const acl::Trace& trace, conntrack::CtState state, base::InterfaceId in,
                                            base::InterfaceId out, packet::Verdict verdict) noexcept;
    [[nodiscard]] std::uint32_t intern_set(const PathSet& set) noexcept;

    const acl::Program<F>& program_;
    base::WorkerId worker_;
    std::uint32_t generation_;
    std::vector<base::PacketCounter> counters_;
    std::unique_ptr<Path[]> paths_;
    std::vector<acl::RuleId> path_rules_;
    std::vector<acl::PathStep> path_steps_;
    std::unique_ptr<PathSet[]> sets_;
    std::vector<std::uint32_t> path_index_;  ///< open addressing; twice the room
    std::vector<std::uint32_t> set_index_;
    std::uint32_t max_paths_;
    std::uint32_t rules_used_ = 0;
    std::uint32_t steps_used_ = 0;
    std::uint32_t set_count_ = 0;
    std::atomic<std::uint32_t> path_count_{0};
    base::Counter unrecorded_;
};

template <net::Family F>
bool RuleState<F>::same(const Path& path, const acl::Trace& trace, conntrack::CtState state, base::InterfaceId in,
                        base::InterfaceId out, packet::Verdict verdict) const noexcept {
    return path.state == state && path.verdict == verdict && path.in == in && path.out == out &&
           path.rule_count == trace.rule_count && path.step_count == steps_of(trace).size() &&
           std::equal(trace.rules.begin(), trace.rules.begin() + trace.rule_count,
                      path_rules_.begin() + path.first_rule) &&
           std::equal(steps_of(trace).begin(), steps_of(trace).end(), path_steps_.begin() + path.first_step);
}

template <net::Family F>
std::uint32_t RuleState<F>::intern_path(const acl::Trace& trace, conntrack::CtState state, base::InterfaceId in,
                                        base::InterfaceId out, packet::Verdict verdict) noexcept {
    // FNV-1a over what identifies the path; only this worker's own rules go in, so nobody can craft collisions.
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    const auto mix = [&hash](std::uint32_t word) { hash = (hash ^ word) * 0x100000001b3ULL; };
    mix(static_cast<std::uint32_t>(state) << 8U | static_cast<std::uint32_t>(verdict));
    mix(base::index_of(in) << 16U | base::index_of(out));
    for (std::size_t i = 0; i < trace.rule_count; ++i) {
        mix(static_cast<std::uint32_t>(trace.rules[i]));
    }
    const std::span<const acl::PathStep> steps = steps_of(trace);
    for (const acl::PathStep& step : steps) {
        mix(static_cast<std::uint32_t>(step.rule));
        mix(std::uint32_t{step.match} << 8U | static_cast<std::uint32_t>(step.kind) << 1U |
            static_cast<std::uint32_t>(step.answer));
    }
    std::size_t slot = (hash ^ hash >> 32U) % path_index_.size();
    for (; path_index_[slot] != kFree; slot = (slot + 1) % path_index_.size()) {
        if (same(paths_[path_index_[slot]], trace, state, in, out, verdict)) {
            return path_index_[slot];
        }
    }
    const std::uint32_t number = path_count_.load(std::memory_order_relaxed);
    if (number == max_paths_ || rules_used_ + trace.rule_count > path_rules_.size() ||
        steps_used_ + steps.size() > path_steps_.size()) {
        return kFree;
    }
    Path& path = paths_[number];
    path.state = state;
    path.verdict = verdict;
    path.in = in;
    path.out = out;
    path.first_rule = rules_used_;
    path.rule_count = trace.rule_count;
    path.first_step = steps_used_;
    path.step_count = static_cast<std::uint8_t>(steps.size());
    path.needs_bytes = trace.needs_bytes;
    std::copy_n(trace.rules.begin(), trace.rule_count, path_rules_.begin() + rules_used_);
    std::copy(steps.begin(), steps.end(), path_steps_.begin() + steps_used_);
    rules_used_ += trace.rule_count;
    steps_used_ += static_cast<std::uint32_t>(steps.size());
    path_index_[slot] = number;
    // Release: a reader that sees the number sees the path's rules.
    path_count_.store(number + 1, std::memory_order_release);
    return number;
}

template <net::Family F>
std::uint32_t RuleState<F>::intern_set(const PathSet& set) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (std::size_t i = 0; i < set.count; ++i) {
        hash = (hash ^ set.paths[i]) * 0x100000001b3ULL;
    }
    std::size_t slot = (hash ^ hash >> 32U) % set_index_.size();
    for (; set_index_[slot] != kFree; slot = (slot + 1) % set_index_.size()) {
        const PathSet& other = sets_[set_index_[slot]];
        if (other.count == set.count && std::equal(set.paths.begin(), set.paths.begin() + set.count,
                                                   other.paths.begin())) {
            return set_index_[slot];
        }
    }
    if (set_count_ == max_paths_ * 2) {
        return kFree;
    }
    sets_[set_count_] = set;
    set_index_[slot] = set_count_;
    return set_count_++;
}

template <net::Family F>
PathReference RuleState<F>::remember(PathReference before, const acl::Trace& trace, conntrack::CtState state,
                                     base::InterfaceId in, base::InterfaceId out,
                                     packet::Verdict verdict) noexcept {
    const bool is_current = before.is_of(worker_, generation_);
    const std::uint32_t path = trace.overflowed ? kFree : intern_path(trace, state, in, out, verdict);
    if (path == kFree) {
        unrecorded_.add(1);
        return is_current ? before : PathReference{};
    }
    PathSet set;
    if (is_current) {
        // Keep what still may hold: paths of another state are behind us for good, except that NEW, ESTABLISHED
        // and RELATED packets of one record may alternate; the newest stands first.
        set.paths[set.count++] = path;
        const PathSet& old = sets_[before.set()];
        for (std::size_t i = 0; i < old.count && set.count < PathSet::kMaxPaths; ++i) {
            if (old.paths[i] != path) {
                set.paths[set.count++] = old.paths[i];
            }
        }
    } else {
        set.paths[set.count++] = path;
    }
    std::uint32_t number = intern_set(set);
    if (number == kFree && set.count > 1) {
        set.count = 1;
        number = intern_set(set);
    }
    if (number == kFree) {
        unrecorded_.add(1);
        return is_current ? before : PathReference{};
    }
    return {number, worker_, generation_};
}

template <net::Family F>
void RuleState<F>::add_to(std::span<base::PacketCount> totals) const noexcept {
    for (std::size_t i = 0; i < counters_.size(); ++i) {
        totals[i] += counters_[i];
    }
    const std::uint32_t count = path_count_.load(std::memory_order_acquire);
    for (std::uint32_t i = 0; i < count; ++i) {
        base::PacketCount met;
        met += paths_[i].met;
        for (std::uint32_t rule = 0; rule < paths_[i].rule_count; ++rule) {
            totals[static_cast<std::uint32_t>(path_rules_[paths_[i].first_rule + rule])] += met;
        }
    }
}

}  // namespace sluice::pipeline
