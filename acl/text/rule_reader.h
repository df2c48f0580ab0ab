// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "acl/ruleset.h"
#include "acl/text/fault.h"
#include "acl/text/registry.h"
#include "acl/text/words.h"

/// From the words of a rule to what they say, as iptables' own option parser goes through them.
///
/// Options come in the order written, and the order matters as it does there: `-m NAME` brings in the options
/// of a match, `-j NAME` those of a target; an option that nobody knows brings in the match that `-p` implies
/// and is tried once more; a long option may be abbreviated as long as one of those known at that point fits.
/// `!` stands before the option that it turns round. Address lists stay words here: they depend on the family
/// and make several rules.
namespace sluice::acl::text {

enum class CommandKind : std::uint8_t {
    none,
    append,
    insert,
    new_chain,
    policy,
    delete_rule,  ///< by number where it has one, else by what it says
    check,
    replace,
    flush,
    zero,
    delete_chain,
    rename_chain,
};

/// A rule, or a line with a command, before its addresses are read.
struct RuleDraft {
    CommandKind command = CommandKind::none;
    Word chain;                 ///< of the command; empty: all of the table (`-F`, `-Z`, `-X`)
    std::uint32_t number = 1;   ///< of `-I CHAIN NUMBER`, `-D`, `-R`, `-Z`
    bool has_number = false;    ///< it was given
    Word policy;                ///< of `-P CHAIN POLICY`
    Word new_name;              ///< of `-E CHAIN NAME`
    unsigned verbose = 0;       ///< how many `-v`; on a command line alone
    std::optional<Word> source;
    std::optional<Word> destination;
    bool source_inverted = false;
    bool destination_inverted = false;
    InterfaceMatch in;
    InterfaceMatch out;
    std::optional<std::size_t> in_begin;  ///< of the option word
    std::optional<std::size_t> out_begin;
    ProtocolMatch protocol;
    FragmentMatch fragment = FragmentMatch::any;
    std::vector<AnyMatch> matches;
    AnyTarget target = NoTarget{};
    std::optional<std::size_t> target_begin;  ///< of the word after `-j` or `-g`
    base::PacketCount initial;
    std::optional<std::size_t> counters_begin;
    std::optional<std::size_t> rule_begin;  ///< of the first word that says something about packets
    bool other_family = false;              ///< `-6` in a file for IPv4: the line is not for us
};

/// Whether the words may hold a command: not in a configuration; in a line of a file; on a command line, where
/// `-t`, `-v` and `-w` stand too.
enum class Commands : std::uint8_t { none, allowed, typed };

/// Reads a whole rule. Errors: the first fault in it.
[[nodiscard]] Expected<RuleDraft> read_rule(std::string_view text, TableId table, Commands commands);

/// The arguments of `iptables`, cut into words by a shell, for the table that `table_word` finds among them.
[[nodiscard]] Expected<RuleDraft> read_command(std::vector<Word> words, TableId table);

/// The value of `-t`, wherever it stands; `filter` where there is none. A table has to be known before the rest is
/// read: whether a target may be used depends on it.
[[nodiscard]] std::string table_word(const std::vector<Word>& words);

}  // namespace sluice::acl::text
