// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/save_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "acl/text/alike.h"
#include "acl/text/assembly.h"
#include "acl/text/chain_order.h"
#include "acl/text/check.h"
#include "acl/text/edit.h"
#include "acl/text/numbers.h"
#include "acl/text/rule_parser.h"

namespace sluice::acl::text {

namespace {

constexpr std::uint64_t kMaxCount = ~std::uint64_t{0};

/// `[PACKETS:BYTES]`.
std::optional<base::PacketCount> parse_counters(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (text.size() < 5 || text.front() != '[' || text.back() != ']' || colon == std::string_view::npos) {
        return std::nullopt;
    }
    const auto packets = parse_digits(text.substr(1, colon - 1), kMaxCount);
    const auto bytes = parse_digits(text.substr(colon + 1, text.size() - colon - 2), kMaxCount);
    if (!packets || !bytes) {
        return std::nullopt;
    }
    return base::PacketCount{*packets, *bytes};
}

/// Words parted by blanks only: the lines for tables and chains know no quotes.
std::vector<Word> blank_words(std::string_view line) {
    std::vector<Word> words;
    std::size_t begin = 0;
    while ((begin = line.find_first_not_of(" \t", begin)) != std::string_view::npos) {
        const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
        words.push_back({std::string(line.substr(begin, end - begin)), begin});
        begin = end;
    }
    return words;
}

template <net::Family F>
class SaveFileParser {
public:
    /// A file of its own: what a start reads.
    explicit SaveFileParser(const std::string& file) : file_(file) { style_.counters = true; }
    SaveFileParser(const std::string& file, Ruleset<F> loaded, const RestoreStyle& style)
        : file_(file), style_(style), assembly_(std::move(loaded)) {}

    tl::expected<Ruleset<F>, base::Diagnostics> parse(std::string_view text);

    [[nodiscard]] const std::set<std::uint32_t>& failed() const { return failed_; }
    [[nodiscard]] std::string take_text() { return std::move(text_); }
    [[nodiscard]] bool has_flushed(std::size_t table) const { return flushed_[table]; }

private:
    void line(std::string_view line);
    void table_line(std::string_view line);
    void chain_line(std::string_view line);
    void rule_line(std::string_view line);
    void apply(RuleDraft draft, const Locator& at);
    void apply_rules(const RuleDraft& draft, const Locator& at);
    void set_policy(std::string_view chain, std::string_view policy, std::optional<base::PacketCount> counters,
                    std::size_t chain_offset, std::size_t policy_offset);
    void flush(TableId id);
    void finish_table(std::string_view line);

    [[nodiscard]] base::Location at(std::size_t offset) const {
        return {file_, line_, static_cast<std::uint32_t>(offset + 1)};
    }
    void report(std::string message, std::size_t offset) {
        faults_.push_back({base::Diagnostic::Severity::error, at(offset), std::move(message)});
    }
    void report(const typename Assembly<F>::Done& done, std::size_t offset) {
        if (!done) {
            failed_.insert(line_);
            report(done.error(), offset);
        }
    }

    const std::string& file_;
    RestoreStyle style_;
    std::string text_;
    std::set<std::uint32_t> failed_;
    std::array<bool, kTables> flushed_{};
    std::uint32_t line_ = 0;
    bool in_table_ = false;
    std::optional<TableId> table_;  ///< nothing inside a table that is unknown: its lines are passed over
    std::size_t carriage_returns_ = 0;
    Assembly<F> assembly_;
    base::Diagnostics faults_;
};

template <net::Family F>
tl::expected<Ruleset<F>, base::Diagnostics> SaveFileParser<F>::parse(std::string_view text) {
    while (!text.empty()) {
        ++line_;
        const std::size_t end = std::min(text.find('\n'), text.size());
        line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (in_table_) {
        ++line_;
        report("COMMIT expected at the end of the table", 0);
    }
    check_ruleset(assembly_.ruleset(), faults_);
    if (!faults_.empty()) {
        std::stable_sort(
            faults_.begin(), faults_.end(), [](const base::Diagnostic& a, const base::Diagnostic& b) {
                return std::pair(a.where.line, a.where.column) < std::pair(b.where.line, b.where.column);
            });
        return tl::unexpected(std::move(faults_));
    }
    return assembly_.take();
}

template <net::Family F>
void SaveFileParser<F>::line(std::string_view line) {
    if (!line.empty() && line.back() == '\r') {
        line.remove_suffix(1);
        if (carriage_returns_++ == 0) {
            report("the lines of this file end in CR LF: write it with LF alone (dos2unix)", line.size());
        }
    }
    if (line.find_first_not_of(" \t") == std::string_view::npos || line[0] == '#') {
        return;
    }
    if (line[0] == '*') {
        table_line(line);
    } else if (!in_table_) {
        report("a line outside of a table: '*TABLE' is expected here", 0);
    } else if (line.starts_with("COMMIT")) {
        finish_table(line);
    } else if (!table_) {
        return;
    } else if (line[0] == ':') {
        chain_line(line);
    } else {
        rule_line(line);
    }
}

template <net::Family F>
void SaveFileParser<F>::table_line(std::string_view line) {
    if (in_table_) {
        report("COMMIT expected before the next table", 0);
    }
    in_table_ = true;
    const std::vector<Word> words = blank_words(line.substr(1));
    if (words.size() != 1) {
        report("'*' and the name of a table are expected here, and nothing else", 0);
        table_.reset();
        return;
    }
    table_ = table_of_name(words[0].text);
    if (!table_) {
        report(why_no_table(words[0].text), words[0].begin + 1);
        return;
    }
    if (style_.table && *style_.table != *table_) {
        table_.reset();
        return;
    }
    if (style_.flush) {
        flush(*table_);
    } else {
        assembly_.open_table(*table_);
    }
}

/// The rules go, and the user's chains.
template <net::Family F>
void SaveFileParser<F>::flush(TableId id) {
    if (style_.verbose) {
        const auto chains = printed_chains(assembly_.ruleset(), id);
        for (const Chain<F>* chain : chains) {
            text_ += fmt::format("Flushing chain `{}'\n", chain->name);
        }
        for (const Chain<F>* chain : chains) {
            text_ += chain->hook ? std::string() : fmt::format("Deleting chain `{}'\n", chain->name);
        }
    }
    assembly_.begin_table(id);
    flushed_[static_cast<std::size_t>(id)] = true;
}

template <net::Family F>
void SaveFileParser<F>::finish_table(std::string_view line) {
    if (line != "COMMIT") {
        report("COMMIT stands alone on its line", 0);
    }
    in_table_ = false;
    table_.reset();
}

template <net::Family F>
void SaveFileParser<F>::chain_line(std::string_view line) {
    const std::vector<Word> words = blank_words(line.substr(1));
    const auto column = [&](std::size_t i) { return words[i].begin + 1; };
    if (words.size() < 2 || words.size() > 3) {
        report("a chain is written ':CHAIN POLICY [PACKETS:BYTES]'; a user chain has '-' for a policy", 0);
        return;
    }
    std::optional<base::PacketCount> counters;
    if (words.size() == 3) {
        counters = parse_counters(words[2].text);
        if (!counters) {
            report(fmt::format("bad counters '{}': [PACKETS:BYTES]", words[2].text), column(2));
            return;
        }
    }
    const std::string& name = words[0].text;
    const std::string& policy = words[1].text;
    const auto hook = std::find(kHookNames.begin(), kHookNames.end(), name);
    if (hook != kHookNames.end() && assembly_.has_chain(*table_, name)) {
        if (policy == "-") {
            return;  // as iptables-restore: the policy stays
        }
        set_policy(name, policy, counters, column(0), column(1));
        return;
    }
    if (policy != "-") {
        report(fmt::format("'{}' is not a built-in chain of this table: a user chain has '-' for a policy",
                           name),
               column(1));
        return;
    }
    if (Chain<F>* const chain = assembly_.chain(*table_, name); chain == nullptr) {
        report(assembly_.add_chain(*table_, name, at(column(0))), column(0));
    } else if (!style_.flush) {
        chain->rules.clear();  // to name a chain is to begin it
    }
}

/// A policy that stays goes on counting, unless the file brings its counters.
template <net::Family F>
void SaveFileParser<F>::set_policy(std::string_view chain, std::string_view policy,
                                   std::optional<base::PacketCount> counters, std::size_t chain_offset,
                                   std::size_t policy_offset) {
    const Chain<F> before = *assembly_.chain(*table_, chain);
    const base::PacketCount initial = style_.counters ? counters.value_or(base::PacketCount{}) : base::PacketCount{};
    const auto done = assembly_.set_policy(*table_, chain, policy, initial, at(chain_offset));
    report(done, policy_offset);
    Chain<F>* const after = assembly_.chain(*table_, chain);
    if (done && after->policy == before.policy && !(style_.counters && counters)) {
        after->counter = before.counter;
    }
}

template <net::Family F>
void SaveFileParser<F>::rule_line(std::string_view line) {
    std::size_t begin = 0;
    std::optional<base::PacketCount> counters;
    if (line[0] == '[') {
        const std::size_t end = line.find(']');
        counters = parse_counters(line.substr(0, end == std::string_view::npos ? end : end + 1));
        if (!counters) {
            report("bad counters before a rule: [PACKETS:BYTES]", 0);
            return;
        }
        begin = end + 1;
    }
    const Locator locate = [this, begin](std::size_t offset) { return at(begin + offset); };
    auto draft = read_rule(line.substr(begin), *table_, Commands::allowed);
    if (!draft) {
        faults_.push_back(diagnostic(draft.error(), locate));
        return;
    }
    if (counters && !draft->counters_begin && style_.counters) {
        draft->initial = *counters;
    }
    if (!draft->other_family) {
        apply(std::move(*draft), locate);
    }
}

template <net::Family F>
void SaveFileParser<F>::apply(RuleDraft draft, const Locator& locate) {
    const std::string& chain = draft.chain.text;
    const auto column = [&](const Word& word) { return locate(word.begin).column - 1; };
    switch (draft.command) {
        case CommandKind::new_chain:
            report(assembly_.add_chain(*table_, chain, locate(draft.chain.begin)), column(draft.chain));
            return;
        case CommandKind::policy:
            report(assembly_.set_policy(*table_, chain, draft.policy.text, draft.initial,
                                        locate(draft.chain.begin)),
                   column(assembly_.has_chain(*table_, chain) ? draft.policy : draft.chain));
            return;
        case CommandKind::append:
        case CommandKind::insert:
            apply_rules(draft, locate);
            return;
        case CommandKind::none:
            return;
        default:
            break;
    }
    auto done = apply_edit(assembly_, *table_, draft, locate);
    if (!done) {
        if (!done.error().is_usage) {
            failed_.insert(line_);
        }
        faults_.push_back({base::Diagnostic::Severity::error, locate(done.error().begin), done.error().message});
    } else if (style_.verbose) {
        text_ += *done;
    }
}

template <net::Family F>
void SaveFileParser<F>::apply_rules(const RuleDraft& draft, const Locator& locate) {
    const std::string& chain = draft.chain.text;
    auto rules = make_rules<F>(draft, chain, locate);
    if (!rules) {
        faults_.push_back(diagnostic(rules.error(), locate));
        return;
    }
    for (const Rule<F>& rule : *rules) {
        text_ += style_.verbose ? verbose_text(rule) : std::string();
    }
    report(draft.command == CommandKind::append
               ? assembly_.append(*table_, chain, std::move(*rules))
               : assembly_.insert(*table_, chain, draft.number, std::move(*rules)),
           locate(draft.chain.begin).column - 1);
}

}  // namespace

template <net::Family F>
tl::expected<Ruleset<F>, base::Diagnostics> parse_save_file(std::string_view text, const std::string& file) {
    return SaveFileParser<F>(file).parse(text);
}

template <net::Family F>
tl::expected<Restored<F>, RestoreFaults> restore(const Ruleset<F>& loaded, std::string_view text,
                                                 const std::string& file, const RestoreStyle& style) {
    SaveFileParser<F> parser(file, loaded, style);
    auto ruleset = parser.parse(text);
    if (!ruleset) {
        return tl::unexpected(RestoreFaults{std::move(ruleset.error()), parser.failed()});
    }
    for (std::size_t i = 0; i < kTables; ++i) {
        if (parser.has_flushed(i) && loaded.tables[i] && !style.counters) {
            link_alike(*loaded.tables[i], *ruleset->tables[i]);
        }
    }
    return Restored<F>{std::move(*ruleset), parser.take_text()};
}

template tl::expected<Restored<net::Ipv4>, RestoreFaults> restore(const Ruleset<net::Ipv4>&, std::string_view,
                                                                  const std::string&, const RestoreStyle&);
template tl::expected<Ruleset<net::Ipv4>, base::Diagnostics> parse_save_file(std::string_view,
                                                                             const std::string&);

}  // namespace sluice::acl::text
