// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/snapshot/load_sets.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::ctrlplane {

namespace {

using acl::sets::SetBook;
using acl::sets::Word;

void append_words(std::vector<Word>& words, std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r";
    std::size_t at = 0;
    while ((at = text.find_first_not_of(kBlanks, at)) != std::string_view::npos) {
        const std::size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
        words.push_back({std::string(text.substr(at, end - at)), at});
        at = end;
    }
}

/// One [ipset.NAME].
class SectionLoader {
public:
    SectionLoader(SetBook& book, const config::IpsetSection& section, std::uint64_t now_ms, base::Diagnostics& faults)
        : book_(book), section_(section), now_ms_(now_ms), faults_(faults) {}

    void run() {
        std::vector<Word> words = {{"create", 0}, {section_.name, 0}, {section_.type.text, 0}};
        append_words(words, section_.options.text);
        if (!run(words, section_.options.text.empty() ? section_.type.where : section_.options.where)) {
            return;
        }
        for (const config::SetWord& element : section_.elements) {
            add(element.text, element.where);
        }
        if (section_.file) {
            add_file(*section_.file);
        }
    }

private:
    bool run(std::span<const Word> words, const base::Location& where) {
        const auto done = book_.run(words, now_ms_);
        if (!done) {
            faults_.push_back({base::Diagnostic::Severity::error, where, done.error().message});
        }
        return done.has_value();
    }

    bool add(std::string_view element, const base::Location& where) {
        std::vector<Word> words = {{"-exist", 0}, {"add", 0}, {section_.name, 0}};
        append_words(words, element);
        return words.size() == 3 || run(words, where);
    }

    /// Until the first line that is wrong; `#` begins a comment.
    void add_file(const config::RulesFile& file) {
        std::string_view text = file.text;
        for (std::uint32_t line = 1; !text.empty(); ++line) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            const std::string_view element = text.substr(0, text.substr(0, end).find('#'));
            text.remove_prefix(std::min(end + 1, text.size()));
            if (!add(element.substr(0, end), {file.path, line, 1})) {
                return;
            }
        }
    }

    SetBook& book_;
    const config::IpsetSection& section_;
    std::uint64_t now_ms_;
    base::Diagnostics& faults_;
};

bool is_same(const std::optional<config::RulesFile>& one, const std::optional<config::RulesFile>& other) {
    return one.has_value() == other.has_value() && (!one || one->text == other->text);
}

bool is_same(const config::IpsetSection& one, const config::IpsetSection& other) {
    const auto alike = [](const config::SetWord& a, const config::SetWord& b) { return a.text == b.text; };
    return one.name == other.name && alike(one.type, other.type) && alike(one.options, other.options) &&
           std::equal(one.elements.begin(), one.elements.end(), other.elements.begin(), other.elements.end(), alike) &&
           is_same(one.file, other.file);
}

}  // namespace

tl::expected<std::unique_ptr<SetBook>, base::Diagnostics> load_sets(const config::CheckedConfig& config,
                                                                    std::uint64_t now_ms, std::function<void()> wait) {
    auto book = std::make_unique<SetBook>(std::move(wait));
    base::Diagnostics faults;
    if (const auto& file = config.firewall().sets) {
        if (auto done = book->restore(file->text, file->path, false, now_ms); !done) {
            faults.push_back(std::move(done.error()));
        }
    }
    for (const config::IpsetSection& section : config.sets()) {
        SectionLoader(*book, section, now_ms, faults).run();
    }
    if (!faults.empty()) {
        return tl::unexpected(std::move(faults));
    }
    return book;
}

bool have_same_sets(const config::CheckedConfig& one, const config::CheckedConfig& other) {
    return is_same(one.firewall().sets, other.firewall().sets) &&
           std::equal(one.sets().begin(), one.sets().end(), other.sets().begin(), other.sets().end(),
                      [](const auto& a, const auto& b) { return is_same(a, b); });
}

}  // namespace sluice::ctrlplane
