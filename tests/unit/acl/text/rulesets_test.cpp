// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "parsing.h"

namespace sluice::acl::text {
namespace {

// OPS-5: rulesets of real machines, where the folder with them is at hand.
TEST(RealRulesets, each_is_read_and_printed_back_or_what_is_not_built_is_named) {
    const std::filesystem::path folder = SLUICE_RULESETS_FOLDER;
    if (!std::filesystem::is_directory(folder)) {
        GTEST_SKIP() << "no real rulesets beside the checkout";
    }
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".v4") {
            continue;
        }
        ++files;
        std::ifstream file(entry.path());
        std::stringstream text;
        text << file.rdbuf();
        const auto ruleset = parse_save_file<V4>(text.str(), entry.path().filename());
        if (ruleset) {
            const std::string saved = save_ruleset(*ruleset, {}, initial_counts(*ruleset));
            EXPECT_EQ(loaded(saved), loaded(loaded(saved))) << entry.path();
            continue;
        }
        for (const base::Diagnostic& fault : ruleset.error()) {
            EXPECT_NE(fault.message.find("not built yet"), std::string::npos)
                << fault.where.file << ':' << fault.where.line << ':' << fault.where.column << ": "
                << fault.message;
        }
    }
    EXPECT_GT(files, 0U);
}

}  // namespace
}  // namespace sluice::acl::text
