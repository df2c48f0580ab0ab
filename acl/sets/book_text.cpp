// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "acl/sets/book.h"
#include "acl/sets/element_text.h"
#include "dataplane/base/append.h"

/// The commands as text: which one it is, restore, list and save.
namespace sluice::acl::sets {

namespace {

/// Cuts a line into words; double quotes hold blanks together and nothing escapes them.
Expected<std::vector<Word>> split(std::string_view line) {
    constexpr std::string_view kBlanks = " \t\r\n";
    std::vector<Word> words;
    std::size_t at = 0;
    while ((at = line.find_first_not_of(kBlanks, at)) != std::string_view::npos) {
        const bool is_quoted = line[at] == '"';
        const std::size_t begin = is_quoted ? at + 1 : at;
        const std::size_t end = is_quoted ? line.find('"', begin) : std::min(line.find_first_of(kBlanks, at), line.size());
        if (end == std::string_view::npos) {
            return fault("Syntax error: a quote is not closed", at);
        }
        words.push_back({std::string(line.substr(begin, end - begin)), at});
        at = is_quoted ? end + 1 : end;
    }
    return words;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// Takes a general option. Returns: whether it was one.
Expected<bool> take_option(SetBook::Style& style, std::span<const Word> words, std::size_t& at) {
    const Word& word = words[at];
    std::string_view name = word.text;
    if (name.starts_with("--")) {
        name.remove_prefix(1);
    }
    if (is_one_of(name, {"-exist", "-!"})) {
        style.exist = true;
    } else if (is_one_of(name, {"-quiet", "-q"})) {
        style.quiet = true;
    } else if (is_one_of(name, {"-sorted", "-s"})) {
        style.sorted = true;
    } else if (is_one_of(name, {"-name", "-n"})) {
        style.names = true;
    } else if (is_one_of(name, {"-terse", "-t"})) {
        style.terse = true;
    } else if (is_one_of(name, {"-output", "-o"})) {
        if (++at == words.size()) {
            return fault("Missing mandatory argument of option `-output'", word.begin);
        }
        if (!is_one_of(words[at].text, {"plain", "save"})) {
            return fault(fmt::format("output '{}' is not built; there are plain and save", words[at].text), words[at].begin);
        }
        style.save = words[at].text == "save";
    } else if (is_one_of(name, {"-resolve", "-r"})) {
        return fault("-resolve: names are not looked up", word.begin);
    } else {
        return false;
    }
    return true;
}

}  // namespace

SetBook::Command SetBook::command_of(std::string_view name) {
    struct Entry {
        std::array<std::string_view, 3> names;
        Command command;
    };
    static constexpr std::array kCommands = {
        Entry{{"create", "n", "N"}, &SetBook::create},   Entry{{"add", "a", "A"}, &SetBook::add},
        Entry{{"del", "d", "D"}, &SetBook::del},         Entry{{"test", "t", "T"}, &SetBook::test},
        Entry{{"destroy", "x", "X"}, &SetBook::destroy}, Entry{{"flush", "f", "F"}, &SetBook::flush},
        Entry{{"rename", "e", "E"}, &SetBook::rename},   Entry{{"swap", "w", "W"}, &SetBook::swap},
        Entry{{"list", "l", "L"}, &SetBook::list},       Entry{{"save", "s", "S"}, &SetBook::save},
        Entry{{"version", "v", "V"}, &SetBook::version},
    };
    std::string_view plain = name;
    const bool is_option = plain.starts_with('-');
    plain.remove_prefix(plain.starts_with("--") ? 2 : (is_option ? 1 : 0));
    for (const Entry& one : kCommands) {
        const bool is_letter = is_option ? plain == one.names[2] : plain == one.names[1];
        if (plain == one.names[0] || (is_letter && one.names[0] != "list" && one.names[0] != "save") ||
            (is_letter && is_option)) {
            return one.command;
        }
    }
    return nullptr;
}

Expected<SetBook::Answer> SetBook::do_command(std::span<const Word> given, std::uint64_t now_ms) {
    Style style;
    std::vector<Word> words;
    for (std::size_t at = 0; at < given.size(); ++at) {
        const auto taken = take_option(style, given, at);
        if (!taken) {
            return tl::unexpected(taken.error());
        }
        if (!*taken) {
            words.push_back(given[at]);
        }
    }
    if (words.empty()) {
        return fault("No command specified", 0);
    }
    const Command command = command_of(words[0].text);
    if (command == nullptr) {
        return fault(fmt::format("No command specified: unknown argument {}", words[0].text), words[0].begin);
    }
    return (this->*command)(words, style, now_ms);
}

tl::expected<void, base::Diagnostic> SetBook::restore(std::string_view text, const std::string& file, bool exist,
                                                      std::uint64_t now_ms) {
    Style style;
    style.exist = exist;
    std::uint32_t number = 0;
    const auto wrong = [&](const Fault& what) {
        return tl::unexpected(base::Diagnostic{base::Diagnostic::Severity::error,
                                               {file, number, static_cast<std::uint32_t>(what.begin + 1)},
                                               what.message});
    };
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        const auto words = split(line);
        if (!words) {
            return wrong(words.error());
        }
        if (words->empty() || words->front().text.starts_with('#') || words->front().text == "COMMIT") {
            continue;
        }
        std::vector<Word> plain = *words;
        if (exist) {
            plain.push_back({"-exist", 0});
        }
        if (const auto done = run(plain, now_ms); !done) {
            return wrong(done.error());
        }
    }
    return {};
}

std::vector<std::string> SetBook::element_lines(const NamedSet& set, bool sorted, std::uint64_t now_ms) {
    std::vector<std::string> lines;
    if (!set.set) {
        for (const Member& one : set.members) {
            Extension extension = one.extension;
            if (one.deadline_ms != 0) {
                if (one.deadline_ms <= now_ms) {
                    continue;
                }
                extension.timeout_s = static_cast<std::uint32_t>(std::max<std::uint64_t>((one.deadline_ms - now_ms) / 1000, 1));
            }
            extension.packets = one.entry->packets.load(std::memory_order_relaxed);
            extension.bytes = one.entry->bytes.load(std::memory_order_relaxed);
            lines.push_back(one.set->name + extension_text(set.options, extension, false));
        }
        return lines;
    }
    std::vector<std::pair<Element, std::string>> found;
    const bool in_order = sorted || set.options.type->method == Method::bitmap;
    set.set->for_each(now_ms, [&](const Element& element, const Extension& extension) {
        found.emplace_back(in_order ? element : Element{}, element_text(element, set.options) +
                                                               extension_text(set.options, extension, element.wildcard));
    });
    if (in_order) {
        std::sort(found.begin(), found.end());
    }
    for (auto& one : found) {
        lines.push_back(std::move(one.second));
    }
    return lines;
}

void SetBook::save_set(const NamedSet& set, const Style& style, std::uint64_t now_ms, std::string& out) {
    out += fmt::format("create {} {} {}\n", set.name, set.options.type->name, create_text(set.options));
    for (const std::string& line : element_lines(set, style.sorted, now_ms)) {
        base::append(out, "add {} {}\n", set.name, line);
    }
}

std::string SetBook::list_set(const NamedSet& set, const Style& style, std::uint64_t now_ms) {
    if (style.names) {
        return set.name + "\n";
    }
    const auto lines = element_lines(set, style.sorted, now_ms);
    std::string text = fmt::format(
        "Name: {}\nType: {}\nRevision: {}\nHeader: {}\nSize in memory: {}\nReferences: {}\nNumber of entries: {}\n",
        set.name, set.options.type->name, set.options.type->revision, create_text(set.options),
        set.set ? set.set->bytes() : sizeof(NamedSet) + set.members.size() * sizeof(Member), set.references, lines.size());
    if (!style.terse) {
        text += "Members:\n";
        for (const std::string& line : lines) {
            text += line + "\n";
        }
    }
    return text;
}

Expected<SetBook::Answer> SetBook::list(std::span<const Word> words, const Style& style, std::uint64_t now_ms) {
    if (style.save) {
        return save(words, style, now_ms);
    }
    const auto sets = chosen(words);
    if (!sets) {
        return tl::unexpected(sets.error());
    }
    Answer answer;
    for (const NamedSet* set : *sets) {
        answer.text += answer.text.empty() || style.names ? "" : "\n";
        answer.text += list_set(*set, style, now_ms);
    }
    return answer;
}

Expected<SetBook::Answer> SetBook::save(std::span<const Word> words, const Style& style, std::uint64_t now_ms) {
    const auto sets = chosen(words);
    if (!sets) {
        return tl::unexpected(sets.error());
    }
    Answer answer;
    for (const NamedSet* set : *sets) {
        save_set(*set, style, now_ms, answer.text);
    }
    return answer;
}

}  // namespace sluice::acl::sets
