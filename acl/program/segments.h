// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "acl/program/outline.h"

/// How a chain is laid out so that a packet is classified once in it, and hardly ever again.
///
/// Two kinds of rules make a walk go on behind a rule that a classifier has named: rules that do not end it,
/// and rules that fail on something their outline leaves open. Two means against asking again:
///
/// - **Segments.** Such a rule that is open to nearly every packet (`-m conntrack --ctstate ESTABLISHED -j
/// ACCEPT`,
///   `-p tcp -j LOG`, `-j some-checks`) would be named every time. It is taken out of the classifiers and
///   walked: the chain falls into walked and classified segments, one behind the other.
/// - **Successors.** For a narrow one (`-d 10.0.0.7 -j service-7`) the rules behind it that can hold for the
/// same
///   packet, those whose outlines overlap, are few: they are listed, and tried one by one.
///
/// What is left (broad, but not open to all) asks the classifier again, which can answer for any starting
/// point.
namespace sluice::acl {

/// A run of a chain's rules, [begin, end).
struct Segment {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    bool is_classified = false;
    bool operator==(const Segment&) const = default;
};

/// Runs shorter than this are walked: a classification costs as much as some ten rules.
inline constexpr std::uint32_t kMinClassified = 17;
/// A longer list of successors is not kept: asking again is cheaper.
inline constexpr std::size_t kMaxSuccessors = 32;

/// Cuts a chain. The segments follow each other without gaps; the last is a walked one and may be empty, so
/// that the chain's end marker belongs to it.
template <net::Family F>
[[nodiscard]] std::vector<Segment> segments_of(std::span<const Outline<F>> rules);

/// The successors of each rule of a classified segment.
struct Successors {
    static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
    static constexpr std::uint32_t kEnd = std::numeric_limits<std::uint32_t>::max();

    std::vector<std::uint32_t> start;  ///< by rule: where its list begins in `rules`, or kNone
    std::vector<std::uint32_t> rules;  ///< rule numbers in ascending order, each list closed by kEnd
};

/// Lists successors, and marks the rules that have a list as settled.
/// Cost: at worst the square of the rules that do not settle by themselves, four to eight pairs at a time.
template <net::Family F>
[[nodiscard]] Successors successors_of(std::span<Outline<F>> rules);

}  // namespace sluice::acl
