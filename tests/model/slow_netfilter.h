// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "acl/all_matches.h"
#include "acl/all_targets.h"
#include "tests/model/slow_memory.h"
#include "tests/model/slow_terms.h"

/// Netfilter written for clarity: walks the rules as they stand, compares names and looks chains up in maps.
///
/// The judge of the compiled rules. It shares the option structs with them, as its input, and no code; where
/// the two differ, one of them is wrong, and the kernel says which.
namespace sluice::model {

enum class Verdict : std::uint8_t { accept, drop, reject, nat };

/// A question about the packet's own headers, or one whose asking counts: the `match`-th of all that the rule's matches
/// ask (tcp asks for ports, flags and an option one by one).
struct Question {
    Place rule;
    std::size_t match = 0;
    bool answer = false;
    bool counts = false;
    bool operator==(const Question&) const = default;
};

/// What a table says of a packet, and why.
struct Judgement {
    Verdict verdict = Verdict::accept;
    std::optional<acl::RejectTarget> reject;
    std::optional<acl::NatTarget> nat;
    std::vector<Place> met;           ///< rules that held and policies that decided, in order
    std::vector<Question> questions;  ///< in order; none where the headers are not readable
    std::set<Place> lack_string;      ///< rules that failed as the packet has not the string that they need
    bool asks_string = false;         ///< some question was about strings: it leaves what was found of all
    bool changes_sets = false;        ///< by SET
    bool leaves_no_path = false;      ///< for another reason than headers that are not readable
    bool is_readable = true;  ///< has an L4 header in full, or is of a protocol whose header no rule reads
    bool is_final = false;    ///< a rule has decided, no policy
    Packet after;             ///< as the targets have left it; shows `bytes` where they were given
    std::vector<std::byte> bytes;
};

class SlowNetfilter {
public:
    /// In: `memory`, which knows the rules.
    SlowNetfilter(const Rules& rules, std::vector<std::string> interfaces, SlowMemory& memory)
        : rules_(rules), interfaces_(std::move(interfaces)), memory_(memory) {}

    /// Walks the table's chain at the hook and counts.
    /// In: `bytes` of the packet, for targets that change them; none: only the view is changed.
    Judgement judge(TableId table, Hook hook, const Packet& packet, std::vector<std::byte> bytes = {});

    /// Counters of all rules met so far.
    [[nodiscard]] const std::map<Place, base::PacketCount>& counters() const { return counters_; }

private:
    /// A rule that the walk will go on with.
    struct Position {
        std::string chain;
        std::size_t rule = 0;
    };

    /// Counts and decides where the rule holds; true: it does.
    bool meet(const acl::Rule<net::Ipv4>& rule, const Place& place, Judgement& judgement);
    Reading holds(const acl::Rule<net::Ipv4>& rule, const Place& place, const Packet& packet,
                  Judgement& judgement);
    bool holds_standard(const acl::Rule<net::Ipv4>& rule, const Packet& packet) const;
    void count(const Place& place, const Packet& packet, Judgement& judgement);
    std::string name_of(base::InterfaceId id) const;

    const Rules& rules_;
    std::vector<std::string> interfaces_;
    SlowMemory& memory_;
    std::map<Place, base::PacketCount> counters_;
};

}  // namespace sluice::model
