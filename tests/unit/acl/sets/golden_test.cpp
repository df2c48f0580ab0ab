// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "set_words.h"

namespace sluice::acl::sets {

namespace {

std::string file(const std::string& name) {
    std::ifstream in(std::string(SLUICE_GOLDEN_FOLDER) + "/" + name);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// Lines in an order that does not hang on buckets. Sizes and revisions are the machine's own.
std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("Size in memory")) {
            lines.push_back(line);
        }
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

}  // namespace

// MAT-7
TEST(GoldenSets, are_saved_as_ipset_saves_them) {
    SetBook book;
    ASSERT_EQ(restored(book, file("all_types.sets")), "");
    EXPECT_EQ(lines_of(text_of(book, "save")), lines_of(file("all_types.save")));
}

TEST(GoldenSets, are_listed_as_ipset_lists_them) {
    SetBook book;
    ASSERT_EQ(restored(book, file("all_types.sets")), "");
    EXPECT_EQ(lines_of(text_of(book, "list")), lines_of(file("all_types.list")));
}

TEST(GoldenSets, come_back_from_what_was_saved) {
    SetBook book;
    ASSERT_EQ(restored(book, file("all_types.save")), "");
    const std::string saved = text_of(book, "save -sorted");
    SetBook again;
    ASSERT_EQ(restored(again, saved), "");
    EXPECT_EQ(text_of(again, "save -sorted"), saved);
    EXPECT_EQ(lines_of(saved), lines_of(file("all_types.save")));
}

}  // namespace sluice::acl::sets
