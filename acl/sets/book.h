// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acl/sets/option_text.h"
#include "acl/sets/set.h"

namespace sluice::acl::sets {

/// All sets by name, and the commands of ipset(8) on them.
///
/// A named set is a slot that rules and lists point at; its contents change places with another's by `swap`, and its
/// name by `rename`, while they go on pointing at it.
///
/// Threads: the control thread.
class SetBook {
public:
    struct NamedSet;

    /// A list:set's element.
    struct Member {
        NamedSet* set = nullptr;
        Extension extension;
        std::uint64_t deadline_ms = 0;  ///< 0: none
    };

    struct NamedSet {
        std::string name;
        SetOptions options;
        std::unique_ptr<Set> set;      ///< none: a list
        std::vector<Member> members;   ///< of a list, in order
        std::uint32_t references = 0;  ///< by lists and rules
    };

    /// How a command is to be done.
    struct Style {
        bool exist = false;   ///< -exist
        bool quiet = false;   ///< -quiet
        bool sorted = false;  ///< -sorted
        bool names = false;   ///< -name
        bool terse = false;   ///< -terse
        bool save = false;    ///< -output save
    };

    struct Answer {
        std::string text;
        std::string note;     ///< for stderr
        bool is_true = true;  ///< what `test` says, for the exit status
    };

    /// Does one command, as it follows the program's name, options in any place.
    Expected<Answer> run(std::span<const Word> words, std::uint64_t now_ms);

    /// Does each line of an `ipset save` file until the first that is wrong; what stood before it stays done.
    /// Errors: that line, with the column of the word. Cost: linear.
    tl::expected<void, base::Diagnostic> restore(std::string_view text, const std::string& file, bool exist,
                                                 std::uint64_t now_ms);

    [[nodiscard]] NamedSet* find(std::string_view name) const;
    [[nodiscard]] std::size_t size() const noexcept { return order_.size(); }
    /// Frees the room of elements whose time is over, and of those erased before.
    void collect(std::uint64_t now_ms);

private:
    using Command = Expected<Answer> (SetBook::*)(std::span<const Word>, const Style&, std::uint64_t);

    [[nodiscard]] static Command command_of(std::string_view name);
    Expected<Answer> create(std::span<const Word> words, const Style& style, std::uint64_t now_ms);
    Expected<Answer> add(std::span<const Word> words, const Style& style, std::uint64_t now_ms);
    Expected<Answer> del(std::span<const Word> words, const Style& style, std::uint64_t now_ms);
    Expected<Answer> test(std::span<const Word> words, const Style& style, std::uint64_t now_ms);
    Expected<Answer> destroy(std::span<const Word> words, const Style& style, std::uint64_t now_ms);
    Expected<Answer> flush(std::span<const Word> words, const Style& style, std::uint64_t now_ms);
    Expected<Answer> rename(std::span<const Word> words, const Style& style, std::uint64_t now_ms);
    Expected<Answer> swap(std::span<const Word> words, const Style& style, std::uint64_t now_ms);
    Expected<Answer> list(std::span<const Word> words, const Style& style, std::uint64_t now_ms);
    Expected<Answer> save(std::span<const Word> words, const Style& style, std::uint64_t now_ms);
    Expected<Answer> version(std::span<const Word> words, const Style& style, std::uint64_t now_ms);

    [[nodiscard]] Expected<NamedSet*> named(const Word& word) const;
    Expected<Answer> add_member(NamedSet& list, const Word& word, const AddOptions& add, const Style& style,
                                std::uint64_t now_ms);
    Expected<Answer> del_member(NamedSet& list, const Word& word, const AddOptions& add, const Style& style);
    static void empty(NamedSet& set);
    static void drop_ended(NamedSet& list, std::uint64_t now_ms);
    /// The elements' texts, each with what it carries; in order if `sorted`.
    [[nodiscard]] static std::vector<std::string> element_lines(const NamedSet& set, bool sorted, std::uint64_t now_ms);
    static void save_set(const NamedSet& set, const Style& style, std::uint64_t now_ms, std::string& out);
    static std::string list_set(const NamedSet& set, const Style& style, std::uint64_t now_ms);
    /// The sets that a command is about: all, lists last, or the one that is named.
    Expected<std::vector<NamedSet*>> chosen(std::span<const Word> words) const;

    std::list<std::unique_ptr<NamedSet>> order_;
    std::map<std::string, NamedSet*, std::less<>> by_name_;
    std::uint32_t next_seed_ = 0x5bd1e995;
};

}  // namespace sluice::acl::sets
