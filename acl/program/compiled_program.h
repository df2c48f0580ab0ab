// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <any>
#include <array>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "acl/keyed/book.h"
#include "acl/program/classifier.h"
#include "acl/program/compiled_rule.h"
#include "acl/program/program.h"
#include "acl/program/segments.h"
#include "acl/program/set_uses.h"

/// What is inside a program: made by compile.cpp, read by run.cpp.
namespace sluice::acl {

inline constexpr std::uint32_t kNoChain = std::numeric_limits<std::uint32_t>::max();

/// The rules [first, end) of the table, and the end's marker at `end`.
struct CompiledChain {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    std::uint32_t first_segment = 0;
    std::uint32_t last_segment = 0;  ///< a walked one, with the marker
    std::array<char, TraceLine::kNameBytes> name{};  ///< ends with a zero; for TRACE
};

/// A run of a chain, [first, end) in the table's rules; segments.h says where a chain is cut.
template <net::Family F>
struct CompiledSegment {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    std::unique_ptr<const Classifier<F>> classifier;  ///< none: is walked
};

template <net::Family F>
struct CompiledTable {
    std::vector<CompiledRule<F>> rules;  ///< all chains, one behind the other
    std::vector<CompiledChain> chains;
    std::vector<CompiledSegment<F>> segments;  ///< those of a chain side by side
    std::vector<std::uint32_t>
        successors;  ///< lists of positions in `rules`, each closed by Successors::kEnd
    /// Where strings are asked for: by position in `rules`, and one more, the next rule of the segment from there on
    /// that does not need one; and by the number of a string, which rules need it.
    std::vector<std::uint32_t> without_string;
    std::vector<std::vector<std::uint32_t>> with_string;
    std::array<std::uint32_t, kHooks> entry = {kNoChain, kNoChain, kNoChain, kNoChain, kNoChain};
    std::map<std::string, std::uint32_t, std::less<>> by_name;
};

template <net::Family F>
struct CompiledProgram {
    explicit CompiledProgram(InterfaceNames names) : interfaces(names) {}

    std::array<CompiledTable<F>, kTables> tables;
    std::vector<CompiledMatch> matches;  ///< of all rules, each rule's side by side in the order written
    std::vector<NatTarget> nats;
    std::vector<CompiledEffect> effects;
    std::deque<HistoryCell> cells;           ///< what matches remember; each rule's side by side
    std::deque<std::any> kept;               ///< matches that are too large for `matches`
    std::vector<std::uint32_t> first_cell;   ///< by RuleId, and one more: where each rule's cells begin
    std::vector<std::uint32_t> first_match;  ///< by RuleId, for paths
    std::vector<std::uint32_t> effect_of;    ///< by RuleId, for paths: index into `effects`; any for rules without
    /// What one packet does the next may see (Program::is_sequential), by table.
    std::array<bool, kTables> is_sequential{};
    bool reads_accounts = false;  ///< some match asks what connections have carried
    bool reads_labels = false;    ///< some match asks for labels of connections
    bool maps_independently = false;  ///< some target makes endpoint-independent mappings
    InterfaceSets interfaces;
    /// How many parts the matches of a rule have.
    [[nodiscard]] std::uint32_t match_count(RuleId rule) const noexcept {
        const auto number = static_cast<std::size_t>(rule);
        const auto end = number + 1 < first_match.size() ? first_match[number + 1]
                                                         : static_cast<std::uint32_t>(matches.size());
        return end - first_match[number];
    }

    keyed::Book* book = nullptr;
    std::unique_ptr<keyed::Book> own_book;    ///< where the program was given none to share
    std::vector<keyed::Book::Lease> leases;  ///< on what its rules share with others; gone before the book
    std::vector<sets::InterfaceName> interface_names;  ///< by InterfaceId, for sets of interfaces
    std::vector<SetUse> set_uses;
    std::unique_ptr<strings::Scanner> scanner;  ///< none: no rule asks for a string
};

template <net::Family F>
struct Program<F>::Impl : CompiledProgram<F> {
    using CompiledProgram<F>::CompiledProgram;
};

}  // namespace sluice::acl
