// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/source_text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace sluice::ctrlplane::config {
namespace {

/// Where byte `offset` of the string `decoded` stands whose literal is the whole of `text`.
std::string place_in(std::string_view text, std::string_view decoded, std::size_t offset) {
    const SourceText source(text, "f");
    const base::Location where = source.places_of_string({1, 1}, decoded).at(offset);
    return std::to_string(where.line) + ":" + std::to_string(where.column);
}

TEST(SourceText, finds_places_and_bytes_in_long_lines_and_beyond) {
    std::string text;
    for (int i = 0; i < 300; ++i) {
        text += "\xc3\xa4";  // an umlaut: two bytes, one column
    }
    text += "\nx\r\ny";
    const SourceText source(text, "f");
    EXPECT_EQ(source.place_of(0), (Place{1, 1}));
    EXPECT_EQ(source.place_of(2), (Place{1, 2}));
    EXPECT_EQ(source.place_of(598), (Place{1, 300}));
    EXPECT_EQ(source.place_of(601), (Place{2, 1}));
    EXPECT_EQ(source.place_of(604), (Place{3, 1}));
    EXPECT_EQ(source.place_of(99999), (Place{3, 2}));
    for (const std::size_t offset : {0U, 2U, 256U, 258U, 510U, 598U, 601U, 604U}) {
        EXPECT_EQ(source.offset_of(source.place_of(offset)), offset);
    }
    EXPECT_EQ(source.offset_of({9, 9}), text.size());
}

TEST(SourceText, leaves_out_a_byte_order_mark) {
    const SourceText source("\xef\xbb\xbfx", "f");
    EXPECT_EQ(source.text(), "x");
}

TEST(StringPlaces, of_a_plain_string_are_one_to_one) {
    const SourceText source("\"-j ACCEPT\"", "f");
    const StringPlaces places = source.places_of_string({1, 1}, "-j ACCEPT");
    EXPECT_TRUE(places.is_one_to_one());
    EXPECT_EQ(places.at(0).column, 2U);
    EXPECT_EQ(places.at(3).column, 5U);
    EXPECT_EQ(places.at(9).column, 11U);
    EXPECT_EQ(places.at(3).file, "f");
}

TEST(StringPlaces, step_over_escapes) {
    EXPECT_EQ(place_in(R"("a\tb\"c")", "a\tb\"c", 2), "1:5");
    EXPECT_EQ(place_in(R"("a\tb\"c")", "a\tb\"c", 4), "1:8");
    EXPECT_EQ(place_in(R"("a\tb\"c")", "a\tb\"c", 5), "1:9");
    EXPECT_EQ(place_in(R"("\u00e4b")",
                       "\xc3\xa4"
                       "b",
                       2),
              "1:8");
    EXPECT_EQ(place_in(R"("\U0001F600b")",
                       "\xf0\x9f\x98\x80"
                       "b",
                       4),
              "1:12");
}

TEST(StringPlaces, count_a_character_of_several_bytes_as_one_column) {
    EXPECT_EQ(place_in("\"\xc3\xa4"
                       "bc\"",
                       "\xc3\xa4"
                       "bc",
                       2),
              "1:3");
    EXPECT_EQ(place_in("\"\xc3\xa4"
                       "bc\"",
                       "\xc3\xa4"
                       "bc",
                       3),
              "1:4");
}

TEST(StringPlaces, of_a_literal_string_know_no_escapes) {
    EXPECT_EQ(place_in(R"('a\tb')", R"(a\tb)", 3), "1:5");
}

TEST(StringPlaces, of_a_string_of_several_lines) {
    EXPECT_EQ(place_in("\"\"\"\nab\ncd\"\"\"", "ab\ncd", 0), "2:1");
    EXPECT_EQ(place_in("\"\"\"\nab\ncd\"\"\"", "ab\ncd", 4), "3:2");
    EXPECT_EQ(place_in("'''ab\r\ncd'''", "ab\ncd", 3), "2:1");
    EXPECT_EQ(place_in("\"\"\"ab \\\n   cd\"\"\"", "ab cd", 2), "1:6");
    EXPECT_EQ(place_in("\"\"\"ab \\\n   cd\"\"\"", "ab cd", 3), "2:4");
    EXPECT_EQ(place_in("\"\"\"a\"\"b\"\"\"", "a\"\"b", 3), "1:7");
}

TEST(StringPlaces, of_an_empty_string_and_of_none) {
    EXPECT_EQ(place_in("\"\"", "", 0), "1:2");
    EXPECT_EQ(StringPlaces().at(7).line, 0U);
}

TEST(StringPlaces, fall_back_to_the_opening_when_text_and_string_disagree) {
    EXPECT_EQ(place_in("\"abc\"", "xyz", 0), "1:1");
    EXPECT_EQ(place_in("abc", "abc", 0), "1:1");
    EXPECT_EQ(place_in("\"ab\"", "abcd", 0), "1:1");
}

}  // namespace
}  // namespace sluice::ctrlplane::config
