// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/words.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::acl::text {
namespace {

/// `BEGIN:TEXT` of each word with a bar between them, or `!BEGIN: message`.
std::string cut(std::string_view line) {
    const auto words = split_words(line);
    if (!words) {
        return fmt::format("!{}: {}", words.error().begin, words.error().message);
    }
    std::string out;
    for (const Word& word : *words) {
        out += fmt::format("{}{}:{}", out.empty() ? "" : "|", word.begin, word.text);
    }
    return out;
}

TEST(Words, blanks_tabs_and_newlines_part_words) {
    EXPECT_EQ(cut("-s 1.2.3.4\t-j  ACCEPT\n"), "0:-s|3:1.2.3.4|11:-j|15:ACCEPT");
    EXPECT_EQ(cut(""), "");
    EXPECT_EQ(cut("  \t "), "");
}

TEST(Words, quotes_hold_blanks_together_and_may_be_empty) {
    EXPECT_EQ(cut(R"(--comment "a b" -j x)"), "0:--comment|10:a b|16:-j|19:x");
    EXPECT_EQ(cut(R"(a "" b)"), "0:a|2:|5:b");
}

TEST(Words, a_quote_may_open_inside_a_word_and_its_end_ends_the_word) {
    EXPECT_EQ(cut(R"(a"b c")"), "0:ab c");
    EXPECT_EQ(cut(R"("ACC"EPT)"), "0:ACC|5:EPT");
}

TEST(Words, a_backslash_escapes_inside_quotes_only) {
    EXPECT_EQ(cut(R"("a\"b\\c\d")"), "0:a\"b\\cd");
    EXPECT_EQ(cut(R"(a\b)"), "0:a\\b");
}

TEST(Words, a_quote_that_is_not_closed_is_a_fault_at_the_quote) {
    EXPECT_EQ(cut(R"(a "b)"), "!2: this quote is not closed");
    EXPECT_EQ(cut("a \"b\\"), "!2: this quote is not closed");
}

TEST(Words, limits_are_those_of_iptables_restore) {
    EXPECT_EQ(cut("a " + std::string(1024, 'x')), "!2: this word is too long: at most 1023 bytes");
    EXPECT_EQ(cut(std::string(1023, 'x')), "0:" + std::string(1023, 'x'));
    std::string many;
    for (int i = 0; i < 251; ++i) {
        many += "a ";
    }
    EXPECT_EQ(cut(many), "!500: too many words in one rule: at most 250");
    EXPECT_EQ(cut(std::string_view("a\0b", 3)), "!1: a NUL byte has no place in a rule");
}

}  // namespace
}  // namespace sluice::acl::text
