// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/save_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "acl/text/assembly.h"
#include "acl/text/check.h"
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
    explicit SaveFileParser(const std::string& file) : file_(file) {}

    tl::expected<Ruleset<F>, base::Diagnostics> parse(std::string_view text);

private:
    void line(std::string_view line);
    void table_line(std::string_view line);
    void chain_line(std::string_view line);
    void rule_line(std::string_view line);
    void apply(RuleDraft draft, const Locator& at);
    void finish_table(std::string_view line);

    [[nodiscard]] base::Location at(std::size_t offset) const {
        return {file_, line_, static_cast<std::uint32_t>(offset + 1)};
    }
    void report(std::string message, std::size_t offset) {
        faults_.push_back({base::Diagnostic::Severity::error, at(offset), std::move(message)});
    }
    void report(const typename Assembly<F>::Done& done, std::size_t offset) {
        if (!done) {
            report(done.error(), offset);
        }
    }

    const std::string& file_;
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
    assembly_.begin_table(*table_);
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
    base::PacketCount initial;
    if (words.size() == 3) {
        const auto counters = parse_counters(words[2].text);
        if (!counters) {
            report(fmt::format("bad counters '{}': [PACKETS:BYTES]", words[2].text), column(2));
            return;
        }
        initial = *counters;
    }
    const std::string& name = words[0].text;
    const std::string& policy = words[1].text;
    const auto hook = std::find(kHookNames.begin(), kHookNames.end(), name);
    if (hook != kHookNames.end() && assembly_.has_chain(*table_, name)) {
        if (policy == "-") {
            return;  // as iptables-restore: the policy stays
        }
        report(assembly_.set_policy(*table_, name, policy, initial, at(column(0))), column(1));
        return;
    }
    if (policy != "-") {
        report(fmt::format("'{}' is not a built-in chain of this table: a user chain has '-' for a policy",
                           name),
               column(1));
        return;
    }
    if (!assembly_.has_chain(*table_, name)) {
        report(assembly_.add_chain(*table_, name, at(column(0))), column(0));
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
    if (counters && !draft->counters_begin) {
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
            break;
        case CommandKind::none:
            return;
    }
    auto rules = make_rules<F>(draft, chain, locate);
    if (!rules) {
        faults_.push_back(diagnostic(rules.error(), locate));
        return;
    }
    report(draft.command == CommandKind::append
               ? assembly_.append(*table_, chain, std::move(*rules))
               : assembly_.insert(*table_, chain, draft.number, std::move(*rules)),
           column(draft.chain));
}

}  // namespace

template <net::Family F>
tl::expected<Ruleset<F>, base::Diagnostics> parse_save_file(std::string_view text, const std::string& file) {
    return SaveFileParser<F>(file).parse(text);
}

template tl::expected<Ruleset<net::Ipv4>, base::Diagnostics> parse_save_file(std::string_view,
                                                                             const std::string&);

}  // namespace sluice::acl::text
