// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/words.h"

#include <utility>

namespace sluice::acl::text {

namespace {

constexpr std::size_t kMaxWord = 1023;  // the limits of iptables-restore
constexpr std::size_t kMaxWords = 250;

bool parts_words(char c) {
    return c == ' ' || c == '\t' || c == '\n';
}

/// Reads one word; `position` stands on its first character and is left behind its last.
Expected<Word> take_word(std::string_view line, std::size_t& position) {
    Word word{{}, position};
    while (position < line.size() && !parts_words(line[position])) {
        if (line[position] != '"') {
            word.text.push_back(line[position++]);
            continue;
        }
        const std::size_t quote = position++;
        while (position < line.size() && line[position] != '"') {
            if (line[position] == '\\') {
                ++position;
            }
            if (position < line.size()) {
                word.text.push_back(line[position++]);
            }
        }
        if (position >= line.size()) {
            return fault("this quote is not closed", quote);
        }
        ++position;
        break;
    }
    return word;
}

}  // namespace

Expected<std::vector<Word>> split_words(std::string_view line) {
    if (const std::size_t nul = line.find('\0'); nul != std::string_view::npos) {
        return fault("a NUL byte has no place in a rule", nul);
    }
    std::vector<Word> words;
    std::size_t position = 0;
    while (position < line.size()) {
        if (parts_words(line[position])) {
            ++position;
            continue;
        }
        auto word = take_word(line, position);
        if (!word) {
            return tl::unexpected<Fault>(std::move(word.error()));
        }
        if (word->text.size() > kMaxWord) {
            return fault("this word is too long: at most 1023 bytes", word->begin);
        }
        if (words.size() == kMaxWords) {
            return fault("too many words in one rule: at most 250", word->begin);
        }
        words.push_back(std::move(*word));
    }
    return words;
}

}  // namespace sluice::acl::text
