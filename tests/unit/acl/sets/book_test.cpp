// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <array>

#include "set_words.h"

namespace sluice::acl::sets {

// MAT-7
TEST(SetBook, says_what_ipset_says_and_points_at_the_word) {
    struct Case {
        std::string_view lines;
        std::string_view fault;
    };
    constexpr std::array<Case, 25> kCases = {{
        {"create a hash:ip\nadd a 1.1.1.1\nadd a 1.1.1.1", "3:7: Element cannot be added to the set: it's already added"},
        {"create a hash:ip\nadd a 1.1.1.x", "2:7: Syntax error: cannot parse 1.1.1.x: resolving to IPv4 address failed"},
        {"create a hash:ip\ndel a 2.2.2.2", "2:7: Element cannot be deleted from the set: it's not added"},
        {"add zz 1.1.1.1", "1:5: The set with the given name does not exist"},
        {"create a hash:ip\nadd a 1.1.1.5 timeout 4", "2:15: Timeout cannot be used: set was created without timeout support"},
        {"create a hash:ip\ncreate a hash:ip", "2:8: Set cannot be created: set with the same name already exists"},
        {"create q hash:foo", "1:10: Syntax error: typename 'hash:foo' is unknown"},
        {"create q hash:ip maxelem x", "1:26: Syntax error: 'x' is invalid as number"},
        {"create q hash:ip foo 3", "1:18: Unknown argument: `foo'"},
        {"create p hash:ip,port\nadd p 1.1.1.1", "2:7: Syntax error: Second element is missing from 1.1.1.1"},
        {"create p hash:ip,port\nadd p 1.1.1.1,foo:3", "2:7: Syntax error: cannot parse 'foo' as a protocol"},
        {"create p hash:ip,port\nadd p 1.1.1.1,gre:5", "2:7: Syntax error: Protocol gre can be used with pseudo port value 0 only"},
        {"create p hash:ip,port\nadd p 1.1.1.1,icmp:8", "2:7: Syntax error: Cannot parse 8 as an ICMP type/code"},
        {"create a hash:ip\nswap a zz", "2:8: Sets cannot be swapped: the second set does not exist"},
        {"create a hash:ip\ncreate p hash:net\nswap a p", "3:8: The sets cannot be swapped: their type does not match"},
        {"create m hash:ip maxelem 1\nadd m 1.1.1.1\nadd m 2.2.2.2", "3:7: Hash is full, cannot add more elements"},
        {"create b bitmap:ip range 10.0.0.0/30\nadd b 10.0.0.4", "2:7: Element is out of the range of the set"},
        {"create c bitmap:ip range 10.0.0.0/8", "1:10: The range you specified exceeds the size limit of the set type"},
        {"create c bitmap:ip", "1:10: Mandatory option `range' is missing"},
        {"create n hash:net\nadd n 10.0.0.0/33", "2:7: Syntax error: '33' is out of range 0-32"},
        {"create n hash:net\nadd n 0.0.0.0/0", "2:7: The value of the CIDR parameter of the IP address is invalid"},
        {"create i hash:ip\nadd i 0.0.0.0", "2:7: Null-valued element, cannot be stored in a hash type of set"},
        {"create i hash:ip maxelem 4294967295\nadd i 1.0.0.0/8", "2:7: The range you specified exceeds the size limit of the set type"},
        {"create i hash:ip\nadd i 1.1.1.1 nomatch", "2:15: Unknown argument: `nomatch'"},
        {"create a hash:ip\ncreate s list:set\nadd s a\ndestroy a", "4:9: Set cannot be destroyed: it is in use by a kernel component"},
    }};
    for (const Case& one : kCases) {
        SetBook book;
        EXPECT_EQ(restored(book, one.lines), one.fault) << one.lines;
    }
}

TEST(SetBook, ends_elements_when_their_time_is_over) {
    SetBook book;
    ASSERT_EQ(restored(book, "create t hash:ip timeout 10\nadd t 1.1.1.1\nadd t 1.1.1.2 timeout 0\nadd t 1.1.1.3 timeout 20", 1000), "");
    EXPECT_TRUE(is_in(book, "t", "1.1.1.1", 10'999));
    EXPECT_FALSE(is_in(book, "t", "1.1.1.1", 11'000));
    EXPECT_EQ(text_of(book, "list t -sorted -output save", 12'000).substr(0, 9), "create t ");
    EXPECT_NE(text_of(book, "save t", 12'000).find("add t 1.1.1.3 timeout 9\n"), std::string::npos);
    EXPECT_EQ(text_of(book, "save t", 12'000).find("1.1.1.1"), std::string::npos);
    EXPECT_EQ(text_of(book, "add t 1.1.1.1", 12'000), "") << "one that has ended can be added again";
    EXPECT_TRUE(is_in(book, "t", "1.1.1.1", 21'000));
    book.collect(50'000);
    EXPECT_EQ(book.find("t")->set->size(), 1U);
}

TEST(SetBook, swaps_contents_below_those_who_point_at_them) {
    SetBook book;
    ASSERT_EQ(restored(book, "create a hash:ip\ncreate b hash:ip\nadd a 1.1.1.1\nadd b 2.2.2.2\ncreate l list:set\nadd l a\nswap a b"), "");
    EXPECT_TRUE(is_in(book, "a", "2.2.2.2"));
    EXPECT_TRUE(is_in(book, "b", "1.1.1.1"));
    EXPECT_EQ(text_of(book, "rename a c"), "Set cannot be renamed: it is in use by another system");
    EXPECT_EQ(text_of(book, "rename b c"), "");
    EXPECT_EQ(text_of(book, "list -name"), "a\nc\nl\n");
    EXPECT_EQ(text_of(book, "destroy"), "Set cannot be destroyed: it is in use by a kernel component");
    EXPECT_EQ(text_of(book, "flush l"), "");
    EXPECT_EQ(text_of(book, "destroy"), "");
    EXPECT_EQ(book.size(), 0U);
}

TEST(SetBook, restores_a_hundred_thousand_elements) {
    std::string text = "create m hash:net maxelem 100000\n";
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        text += fmt::format("add m 10.{}.{}.{}\n", i >> 16U, i >> 8U & 0xffU, i & 0xffU);
    }
    SetBook book;
    ASSERT_EQ(restored(book, text), "");
    EXPECT_EQ(book.find("m")->set->size(), 100'000U);
    EXPECT_LT(book.find("m")->set->bytes(), 5'000'000U);
}

TEST(SetBook, makes_room_by_force_where_a_set_was_created_so) {
    SetBook book;
    ASSERT_EQ(restored(book, "create f hash:ip maxelem 2 forceadd\nadd f 1.1.1.1\nadd f 1.1.1.2\nadd f 1.1.1.3"), "");
    EXPECT_EQ(book.find("f")->set->size(), 2U);
    EXPECT_TRUE(is_in(book, "f", "1.1.1.3"));
}

TEST(SetBook, keeps_types_that_the_kernel_at_hand_lacks) {
    SetBook book;
    const std::string_view text =
        "create h hash:net,net family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x00000001\n"
        "add h 1.0.0.0/8,2.0.0.0/8\n"
        "create i hash:net,port,net family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x00000001\n"
        "add i 1.0.0.0/8,udp:2,3.0.0.1\n"
        "create j hash:mac hashsize 1024 maxelem 65536 bucketsize 12 initval 0x00000001\n"
        "add j 00:11:22:AA:BB:CC\n"
        "create k hash:ip,mac family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x00000001\n"
        "add k 1.1.1.1,00:11:22:AA:BB:CC\n"
        "create l hash:ip,mark family inet hashsize 1024 maxelem 65536 markmask 0x000000ff bucketsize 12 initval 0x00000001\n"
        "add l 1.1.1.1,0x000000fe\n";
    ASSERT_EQ(restored(book, text), "");
    EXPECT_EQ(text_of(book, "save"), text);
    EXPECT_TRUE(is_in(book, "h", "1.2.3.4,2.3.4.5"));
    EXPECT_FALSE(is_in(book, "h", "1.2.3.4,3.3.4.5"));
    EXPECT_TRUE(is_in(book, "l", "1.1.1.1,0x1fe"));
}

}  // namespace sluice::acl::sets
