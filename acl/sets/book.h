// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "acl/sets/option_text.h"
#include "acl/sets/set.h"
#include "acl/sets/slot.h"

namespace sluice::acl::sets {

/// All sets by name, and the commands of ipset(8) on them.
///
/// A named set has a slot that rules and lists point at (slot.h); its contents change places with another's by `swap`,
/// and its name by `rename`, while they go on pointing at it.
///
/// Packets may look at all sets while they are changed. What is taken from them is kept until a grace period has
/// passed: `seal`, then, when all who were looking have looked away, `free_sealed`. Where room runs out before, `wait`
/// waits for that; with none nobody looks, and everything is freed at once.
///
/// Threads: the control thread.
class SetBook {
public:
    struct NamedSet;

    /// A list:set's element.
    struct Member {
        NamedSet* set = nullptr;
        Extension extension;
        std::uint64_t deadline_ms = 0;     ///< 0: none
        std::unique_ptr<ListEntry> entry;  ///< as packets see it
    };

    struct NamedSet {
        std::string name;
        SetOptions options;
        std::unique_ptr<Set> set;      ///< none: a list
        std::vector<Member> members;   ///< of a list, in order
        std::uint32_t references = 0;  ///< by lists and rules
        std::uint32_t writers = 0;     ///< rules whose packets add to it
        std::unique_ptr<const ListView> view{};
        Slot slot{};

        /// True where a packet that asks is counted, on an element of it or of one of its sets.
        [[nodiscard]] bool counts() const;
        /// Makes room for what packets add, here or in its sets.
        void prepare_for_packets();
    };

    explicit SetBook(std::function<void()> wait = {}) : wait_(std::move(wait)) {}

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
    /// Frees the room of elements whose time is over.
    void collect(std::uint64_t now_ms);
    /// A part of that, and room for what packets add. To be called every few milliseconds.
    void tend(std::uint64_t now_ms);

    /// Whether `adopt` can take all of these. Errors: a sentence.
    [[nodiscard]] tl::expected<void, std::string> can_adopt(const SetBook& next) const;
    /// Takes these sets in; those that are there already get their contents, and all others stay.
    void adopt(SetBook next);
    /// Adds sets of the names that are missing, which nobody may look into: to check rules against both.
    void add_names_of(const SetBook& live);

    [[nodiscard]] bool has_retired() const;
    /// Not before an earlier grace period has been ended by `free_sealed`.
    void seal();
    void free_sealed();

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
    Expected<Answer> do_command(std::span<const Word> words, std::uint64_t now_ms);
    void empty(NamedSet& set);
    /// Shows packets what is in the slot now.
    static void show(NamedSet& set);
    static void exchange(NamedSet& one, NamedSet& other);
    void drop_ended(NamedSet& list, std::uint64_t now_ms);
    /// A member as packets are to see it, with the counters that it begins with.
    [[nodiscard]] static std::unique_ptr<ListEntry> entry_of(const Member& member);
    /// Shows packets the members as they are now.
    void publish(NamedSet& list);
    void retire(Member& member);
    /// Frees what is retired, at once.
    void settle();
    /// Does `change` again after `settle`, where there was no room for it.
    tl::expected<void, SetFault> with_room(const std::function<tl::expected<void, SetFault>()>& change);
    /// The elements' texts, each with what it carries; in order if `sorted`.
    [[nodiscard]] static std::vector<std::string> element_lines(const NamedSet& set, bool sorted, std::uint64_t now_ms);
    static void save_set(const NamedSet& set, const Style& style, std::uint64_t now_ms, std::string& out);
    static std::string list_set(const NamedSet& set, const Style& style, std::uint64_t now_ms);
    /// The sets that a command is about: all, lists last, or the one that is named.
    Expected<std::vector<NamedSet*>> chosen(std::span<const Word> words) const;

    /// What packets may still look at.
    struct Retired {
        std::vector<std::unique_ptr<NamedSet>> sets;
        std::vector<std::unique_ptr<ListEntry>> entries;
        std::vector<std::unique_ptr<const ListView>> views;
        [[nodiscard]] bool is_empty() const noexcept { return sets.empty() && entries.empty() && views.empty(); }
    };

    std::function<void()> wait_;
    Retired retired_;
    Retired sealed_;
    std::list<std::unique_ptr<NamedSet>> order_;
    std::map<std::string, NamedSet*, std::less<>> by_name_;
    std::uint32_t next_seed_ = 0x5bd1e995;
};

}  // namespace sluice::acl::sets
