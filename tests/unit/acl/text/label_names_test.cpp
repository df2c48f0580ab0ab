// SPDX-License-Identifier: BSD-3-Clause
//
// The lines that the installed libnetfilter_conntrack takes and does not take (iptables 1.8.9 was asked for each).
#include "acl/text/label_names.h"

#include <gtest/gtest.h>

namespace sluice::acl::text {
namespace {

TEST(LabelNames, are_read_as_libnetfilter_conntrack_reads_them) {
    const LabelNames names(
        "# comment\n0\tzero\n5 five  \n 7\ttwo words\t\n8 eight\n9 eight\n5 again\n0x10 sixteen\n127 last\n20 quo\"te\n"
        "21 a_b\n23\n24 # no\n\n26x x\nname\n1024 far\n-1 minus\n30 a-b");
    EXPECT_EQ(names.name(0), "zero");
    EXPECT_EQ(names.name(5), "five");
    EXPECT_EQ(names.name(7), "two words");
    EXPECT_EQ(names.name(8), "eight");
    EXPECT_EQ(names.name(9), "");
    EXPECT_EQ(names.name(16), "sixteen");
    EXPECT_EQ(names.name(20), "");
    EXPECT_EQ(names.name(24), "");
    EXPECT_EQ(names.name(26), "x x");
    EXPECT_EQ(names.name(30), "a-b");
    EXPECT_EQ(names.label("two words"), 7U);
    EXPECT_EQ(names.label("again"), std::nullopt);
    EXPECT_EQ(names.label("far"), std::nullopt);
    EXPECT_EQ(names.label("last"), 127U);
    EXPECT_TRUE(LabelNames("").is_empty());
    EXPECT_TRUE(LabelNames("# nothing").is_empty());
}

}  // namespace
}  // namespace sluice::acl::text
