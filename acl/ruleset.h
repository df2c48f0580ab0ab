// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "acl/any_of.h"
#include "acl/tables.h"
#include "dataplane/base/counter.h"
#include "dataplane/base/result.h"
#include "dataplane/net/family.h"

/// A ruleset as written: what the parser makes, the printer prints and the compiler reads.
///
/// A new match is a file in acl/matches and a word in all_matches.h; a new target likewise (all_targets.h).
namespace sluice::acl {

/// `-i`/`-o`: a name, or the beginning of names where it ends in `+`; empty: any.
struct InterfaceMatch {
    std::string name;  ///< without the `+`
    bool prefix = false;
    bool inverted = false;
    bool operator==(const InterfaceMatch&) const = default;
};

/// `-s`/`-d`: address and mask (the mask need not be a prefix), masked as iptables does.
template <net::Family F>
struct AddressMatch {
    typename F::Address address{};
    typename F::Address mask{};  ///< all zero: any
    bool inverted = false;
    bool operator==(const AddressMatch&) const = default;
};

/// `-p`; 0 is any.
struct ProtocolMatch {
    std::uint8_t number = 0;
    bool inverted = false;
    bool operator==(const ProtocolMatch&) const = default;
};

/// `-f`: fragments other than the first. Packets are whole before the rules, as in a kernel that tracks
/// connections, so the one never holds there and the other always.
enum class FragmentMatch : std::uint8_t { any, only, never };

/// What stands behind `-m`: one of all_matches.h.
using AnyMatch = AnyOf<struct MatchKind>;
/// What stands behind `-j` or `-g`: one of those below, or of all_targets.h; no target where it is empty.
using AnyTarget = AnyOf<struct TargetKind>;

struct NoTarget {  ///< counts and goes on
    bool operator==(const NoTarget&) const = default;
};
struct AcceptTarget {
    bool operator==(const AcceptTarget&) const = default;
};
struct DropTarget {
    bool operator==(const DropTarget&) const = default;
};
struct ReturnTarget {
    bool operator==(const ReturnTarget&) const = default;
};
struct JumpTarget {  ///< `-j CHAIN`, or `-g CHAIN`
    std::string chain;
    bool is_goto = false;
    bool operator==(const JumpTarget&) const = default;
};

/// Which counter a rule goes on with when a loaded ruleset is edited: its number (RuleId) in the ruleset that is
/// loaded. A rule that is new, or begins anew, has none and starts with `initial`.
using CounterLink = std::optional<std::uint32_t>;

template <net::Family F>
struct Rule {
    AddressMatch<F> source;
    AddressMatch<F> destination;
    InterfaceMatch in;
    InterfaceMatch out;
    ProtocolMatch protocol;
    FragmentMatch fragment = FragmentMatch::any;
    std::vector<AnyMatch> matches;  ///< in the order written
    AnyTarget target = NoTarget{};
    base::PacketCount initial;  ///< counters given in the file
    base::Location where;
    base::Location target_where{};  ///< of the word after `-j` or `-g`; of the rule where it has none
    CounterLink counter{};
};

enum class Policy : std::uint8_t { accept, drop };

template <net::Family F>
struct Chain {
    std::string name;
    std::optional<Hook> hook;  ///< a built-in chain's
    Policy policy = Policy::accept;
    base::PacketCount initial;  ///< the policy's counters
    std::vector<Rule<F>> rules;
    base::Location where;
    CounterLink counter{};  ///< the policy's
};

/// Built-in chains come first, in hook order, then user chains in the order of their creation.
template <net::Family F>
struct Table {
    TableId id = TableId::filter;
    std::vector<Chain<F>> chains;
};

/// All tables of one family; a table that nobody defined is absent and costs nothing.
template <net::Family F>
struct Ruleset {
    std::array<std::optional<Table<F>>, kTables> tables;
};

}  // namespace sluice::acl
